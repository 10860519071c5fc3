"""A signal at an exact moment of a run: when it is about to change the disk for the n-th time.

Counted from the first folder that it makes; before that, files are opened by Python itself.
"""

import signal
import subprocess
from pathlib import Path

from tests.support.command_line import FASTKIT, Run, clean_environment
from tests.support.folders import write

HOOK = """\
import atexit, os, sys

CHANGES = {"os.mkdir", "os.rename", "os.remove", "os.rmdir", "shutil.copyfile", "subprocess.Popen"}
stop_at, number, counted = os.environ["STOP_AT"], int(os.environ["STOP_BY"]), os.environ["STOP_COUNTED"]
count = 0


def watch(event, args):
    global count
    opened_to_write = event == "open" and args[2] & (os.O_WRONLY | os.O_RDWR | os.O_CREAT)
    changes = event in CHANGES or (opened_to_write and count and args[0] != counted)
    if changes:
        count += 1
    if (changes and str(count) == stop_at) or (event == "import" and args[0] == stop_at):
        os.kill(os.getpid(), number)


sys.addaudithook(watch)
atexit.register(lambda: open(counted, "w").write(str(count)))
"""


def stop_at(
    moment: int | str, number: signal.Signals, call: tuple[str, ...], cwd: Path, env: dict[str, str]
) -> tuple[Run, int]:
    """Run fastkit and send it a signal at its n-th change, or when it imports a module.

    Returns:
        how it ended, and how many changes it began, which nobody counts where it was killed.
    """
    hook = write(cwd.parent / f"{cwd.name}-hook", {"sitecustomize.py": HOOK})
    counted = hook / "counted.txt"
    own = {"PYTHONPATH": str(hook), "STOP_AT": str(moment), "STOP_BY": str(int(number))}
    done = subprocess.run(
        [*FASTKIT, *call],
        cwd=cwd,
        env=clean_environment(**env, **own, STOP_COUNTED=str(counted), PYTHONDONTWRITEBYTECODE="1"),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    return Run(done.returncode, done.stdout, done.stderr), int(counted.read_text()) if counted.exists() else 0
