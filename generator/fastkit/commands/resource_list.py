"""`fastkit resource list`."""

from fastkit import console
from fastkit.commands.options import AsJson
from fastkit.machine.disk import current_folder, locked
from fastkit.record.project_yml import find_project, read_record
from fastkit.update.edits import edited


def resource_list(as_json: AsJson = False) -> None:
    project = find_project(current_folder())
    with locked(project, shared=True):
        record = read_record(project)
        edits = {resource.name: edited(project, resource.plural) for resource in record.resources}
    if as_json:
        about = [{**resource.data, "edited": edits[resource.name]} for resource in record.resources]
        console.say_json({"resources": about, "kept": [resource.data for resource in record.kept]})
        return
    if not record.resources:
        console.say("the project has no resources yet: `fastkit resource add note title:str` adds one")
    else:
        rows = [
            (
                resource.name,
                f"/{resource.path}/",
                " ".join(map(str, resource.fields)),
                ", ".join(edits[resource.name]),
            )
            for resource in record.resources
        ]
        console.show_rows("Resources", ("Name", "Path", "Fields", "Edited"), rows)
    for resource in record.kept:
        console.say(f"note: the records of {resource.plural} are kept, though the resource has been removed")
