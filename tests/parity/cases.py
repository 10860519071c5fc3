"""The cases: each a template of a few lines that uses one thing which copier can."""

from collections.abc import Mapping
from typing import Any

from tests.parity.both import Case, Tree

SEEN = "seen.txt.jinja"


def asked(questions: str, text: str, /, **answers: Any) -> Case:
    """Questions, and a file that shows what became of them."""
    return Case({"copier.yml": questions, SEEN: text}, answers)


def made(config: str, files: Tree, /, **answers: Any) -> Case:
    return Case({"copier.yml": config, **files}, answers)


SHOWN = "{{ one | to_json }} {{ one.__class__ is defined }}"

GIVEN: Mapping[str, list[Any]] = {
    "str": [
        "text",
        "",
        "8000",
        8000,
        1.5,
        True,
        "{{ 7 }}",
        " spaced ",
        "two\nlines",
        "é👩‍👩‍👧\\\"'",
        "no",
    ],
    "int": ["8000", 8000, "-1", " 7 ", "1_000", 2.9, True],
    "float": ["1.5", 2, "1e3", "-0.0", ".5"],
    "bool": ["y", "Yes", "on", "1", True, "n", "FALSE", "off", "0", False],
    "json": ['{"a": [1, null]}', '"text"', "1", '"1"', {"a": 1}, [1, "2"], "null", "true"],
    "yaml": [
        "{a: [1, ~]}",
        "text",
        "'1'",
        "1",
        '"yes"',
        "yes",
        ["1", "no"],
        "- a\n- b",
        "",
        {"a": "1"},
    ],
    "path": ["a/b", "../x", "/etc/passwd", ""],
}

TYPES: Mapping[str, Case] = {
    **{
        f"{kind} given {value!r}": asked(f"one: {{type: {kind}}}", "{{ one | to_json }}", one=value)
        for kind, values in GIVEN.items()
        for value in values
    },
    "a date in yaml": asked("one: {type: yaml}", "{{ one }} {{ one.year }}", one="2026-02-03"),
    "no type and a text": asked("one: text", SHOWN),
    "no type and a number": asked("one: 7", SHOWN),
    "no type and a fraction": asked("one: 7.5", SHOWN),
    "no type and yes": asked("one: yes", SHOWN),
    "no type and nothing": asked("one:", SHOWN),
    "no type and a list": asked("one: [1, a, ~]", SHOWN),
    "no type and a mapping as its default": asked("one: {default: {a: 1}}", SHOWN),
    "no type and a date": asked("one: 2026-02-03", "{{ one }} {{ one.year }}"),
    "no type and a text that looks like a number": asked("one: '7'", SHOWN),
    "no type and no default": asked("one: {help: x}", SHOWN, one="[1, 2]"),
    "a templated type": asked("n: true\none: {type: \"{{ 'int' if n else 'str' }}\"}", SHOWN, one="3"),
    "a templated document type": asked(
        "n: true\none: {type: \"{{ 'yaml' if n else 'str' }}\"}", SHOWN, one="'1'"
    ),
    "a multiline text": asked('one: {type: str, multiline: true, default: "a\\nb\\n"}', SHOWN),
    "a placeholder and a mark": asked("one: {type: str, placeholder: x, qmark: '>', default: y}", SHOWN),
    "a secret": asked(
        "one: {type: str, secret: true, default: s}", SHOWN + "{{ _copier_answers | to_json }}"
    ),
    "a secret by the settings": asked(
        "_secret_questions: [one]\none: s\ntwo: t",
        "{{ one }}{{ _copier_answers.two }}{{ _copier_answers.one }}",
    ),
    "an unknown setting of a question": asked("one: {type: str, defualt: x, default: y}", SHOWN),
    "a question with a dash": asked("a-b: {type: str, default: x}", "{{ _copier_answers['a-b'] }}"),
    "a question that is a word of Python": asked("class: x\nlambda: y", "{{ class }}{{ lambda }}"),
}

CHOSEN = "{{ db | to_json }}"

SEVERAL: Mapping[str, tuple[str, str, str, dict[str, Any]]] = {
    "the default": ("str", "[a, b, c]", "[b]", {}),
    "no default": ("str", "[a, b, c]", "[]", {}),
    "two, in another order": ("str", "[a, b, c]", "[]", {"db": ["c", "a"]}),
    "a text that is a list": ("str", "[a, b, c]", "[]", {"db": "[c, a]"}),
    "a text of lines": ("str", "[a, b, c]", "[]", {"db": "- c\n- a\n"}),
    "a templated default": ("str", "[a, b, c]", "\"{{ ['a', 'c'] | to_json }}\"", {}),
    "a default of lines": (
        "str",
        "[a, b]",
        "\"{% for x in ['a', 'b'] %}- {{ x }}\\n{% endfor %}\"",
        {},
    ),
    "templates in the default": ("str", "[a, b, c]", "['{{ \"a\" }}', c]", {}),
    "whole numbers": ("int", "[1, 2, 3]", "[]", {"db": ["3", 1]}),
    "whole numbers in a text": ("int", "[1, 2, 3]", "[]", {"db": "[3, 1]"}),
    "documents": ("yaml", "[1, a, [2, 3]]", "[]", {"db": [1]}),
    "words for yes and no": ("str", "['yes', 'no', 'on']", "[]", {"db": "[no, on]"}),
    "numbers that are names": ("str", "['1.0', '010']", "[]", {"db": "[010, 1.0]"}),
    "a mapping": ("str", "{A: a, B: b}", "[b]", {}),
    "quoted items": ("str", "['a b', c]", "[]", {"db": "['a b']"}),
    "none of them": ("str", "[a, b]", "[a]", {"db": []}),
}

CHOICES: Mapping[str, Case] = {
    "a list": asked("db: {choices: [sqlite, postgres]}", CHOSEN, db="sqlite"),
    "a list and a default": asked("db: {choices: [sqlite, postgres], default: postgres}", CHOSEN),
    "a mapping": asked("db: {type: str, choices: {SQLite 3: sqlite, Other: pg}}", CHOSEN, db="pg"),
    "pairs": asked("db: {type: str, choices: [[SQLite 3, sqlite], [Other, pg]]}", CHOSEN, db="pg"),
    "a text": asked(
        "db: {type: str, choices: \"{% for n in ['a', 'b'] %}- {{ n }}\\n{% endfor %}\"}", CHOSEN, db="b"
    ),
    "a text that makes a mapping": asked('db: {type: int, choices: "{One: 1, Two: 2}"}', CHOSEN, db=2),
    "a text that makes pairs": asked('db: {type: str, choices: "[[A, a], [B, b]]"}', CHOSEN, db="b"),
    "templates in a list": asked("k: lite\ndb: {type: str, choices: ['sq{{ k }}', pg]}", CHOSEN, db="sqlite"),
    "templates in labels": asked("k: x\ndb: {type: str, choices: {'{{ k }}': a, y: b}}", CHOSEN, db="a"),
    "templates in values": asked("k: x\ndb: {type: str, choices: {A: '{{ k }}', y: b}}", CHOSEN, db="x"),
    "validators": asked(
        "c: true\ndb:\n  type: str\n"
        "  choices: {A: {value: a, validator: '{% if not c %}no{% endif %}'}, B: {value: b}}",
        CHOSEN,
        db="a",
    ),
    "a label that is another's value": asked("db: {type: str, choices: {a: b, b: a}}", CHOSEN, db="a"),
    "whole numbers": asked("db: {type: int, choices: [80, 8080]}", CHOSEN, db="8080"),
    "fractions": asked("db: {type: float, choices: [1, 2.5]}", CHOSEN, db="1"),
    "yes and no": asked("db: {type: bool, choices: {Surely: true, Never: false}}", CHOSEN, db=False),
    "values of several types": asked("db: {type: yaml, choices: [1, a, ~, true]}", CHOSEN, db="a"),
    "nothing among the values": asked("db: {type: yaml, choices: {None: null, A: a}}", CHOSEN, db="a"),
    "mappings as values": asked(
        "db: {type: yaml, choices: {A: {value: '{x: 1}'}, B: {value: '{x: 2}'}}}", "{{ db.x }}", db="{x: 2}"
    ),
    "documents in JSON": asked("db: {type: json, choices: {A: '[1]', B: '[2]'}}", "{{ db[0] }}", db="[2]"),
    "without a type": asked("db: {choices: [1, 2], default: 2}", CHOSEN),
    "without a type or default": asked("db: {choices: ['1', '2']}", CHOSEN, db="2"),
    "words that YAML takes for yes and no": asked("db: {type: str, choices: ['yes', 'no']}", CHOSEN, db="no"),
    "a templated default": asked("k: p\ndb: {type: str, choices: [pg, sqlite], default: '{{ k }}g'}", CHOSEN),
    "paths": asked("db: {type: path, choices: [a/b, c]}", CHOSEN, db="a/b"),
    **{
        f"several: {name}": asked(
            f"db: {{type: {kind}, multiselect: true, choices: {choices}, default: {default}}}",
            CHOSEN,
            **given,
        )
        for name, (kind, choices, default, given) in SEVERAL.items()
    },
}

OF_THE_CALL = (
    *("vcs_ref", "vcs_ref_hash", "exclude", "use_prereleases", "skip_if_exists", "cleanup_on_error"),
    *("defaults", "user_defaults", "overwrite", "pretend", "quiet", "conflict", "context_lines"),
    *("skip_answered", "skip_tasks"),
)

DEFAULTS: Mapping[str, Case] = {
    "of earlier answers": asked("a: x\none: 'https://{{ a }}'", SHOWN, a="y"),
    **{
        f"a template that makes {kind}": asked(f'a: 1\none: {{type: {kind}, default: "{text}"}}', SHOWN)
        for kind, text in {
            "int": "{{ a + 41 }}",
            "float": "{{ a / 2 }}",
            "bool": "{{ a == 1 }}",
            "str": "{{ a }}",
            "json": "{{ [a, 'x'] | to_json | replace('\\\"', '\\\\u0022') if false else [a, 2] }}",
            "yaml": "{a: [{{ a }}]}",
            "path": "a/{{ a }}",
        }.items()
    },
    **{
        f"yes or no from {text!r}": asked(f"one: {{type: bool, default: {text}}}", SHOWN)
        for text in [
            "''",
            "perhaps",
            "'{{ [] }}'",
            "'0.0'",
            "2",
            "'{% if false %}x{% endif %}'",
            "'~'",
            "'off '",
        ]
    },
    "a list of templates": asked("a: x\none: {type: yaml, default: ['{{ a }}', b]}", SHOWN),
    "a mapping is no template": asked("a: x\none: {type: yaml, default: {k: '{{ a }}'}}", SHOWN),
    "a text with carriage returns": asked('one: "a\\r\\nb\\r"', SHOWN),
    "ends of lines stay": asked('one: "a\\n"', SHOWN),
    "ends of lines go": asked('_envops: {keep_trailing_newline: false}\none: "a\\n"', SHOWN),
    "an answer that comes later": asked("one: \"{{ two | default('x') }}\"\ntwo: y", SHOWN, two="z"),
    "an answer that was not given yet": asked("one: \"{{ two | default('x') }}\"\ntwo: y", SHOWN),
    "undefined": asked("one: 'a{{ nothing }}b'", SHOWN),
    "of unset there is none, and one was given": asked(
        "one: {type: str, default: '{{ UNSET }}'}", SHOWN, one="x"
    ),
    "a macro": Case(
        {
            "copier.yml": "one: \"{% from 'm.txt' import m %}{{ m(3) }}\"",
            "m.txt": "{% macro m(n) %}<{{ n }}>{% endmacro %}",
            SEEN: SHOWN,
        }
    ),
    "an included file": Case({"copier.yml": "one: \"{% include 'm.txt' %}\"", "m.txt": "x\n", SEEN: SHOWN}),
    "the folder's name": asked("one: '{{ _folder_name }}'", SHOWN),
    "the system": asked("one: '{{ _copier_conf.os }}{{ _copier_conf.sep }}'", SHOWN),
    "the source": asked("one: '{{ _copier_conf.src_path.name }}'", SHOWN),
    "the destination": asked("one: '{{ _copier_conf.dst_path }}'", SHOWN),
    "the name of the answers file": asked(
        "_answers_file: .a.yml\none: '{{ _copier_conf.answers_file }}'", SHOWN
    ),
    "the phase": asked("one: '{{ _copier_phase }}'", SHOWN + "{{ _copier_phase }}"),
    "the Python": asked("one: '{{ _copier_python }}'", SHOWN),
    "the settings of the call": asked(
        "one: '" + " ".join(f"{{{{ _copier_conf.{name} }}}}" for name in OF_THE_CALL) + "'", SHOWN
    ),
    "the answers of the call": asked("two: y\none: '{{ _copier_conf.data.two }}'", SHOWN, two="x"),
    "whether it is trusted": asked("one: '{{ _copier_conf.unsafe }}'", SHOWN),
    "the answers so far": asked("a: x\none: '{{ _copier_answers.a }}'", SHOWN),
    "a joined path": asked("one: \"{{ pathjoin('a', 'b', mode='windows') }}\"", SHOWN),
    "a length of a secret": asked("one: '{{ make_secret() | length }}'", SHOWN),
    "whether it is now": asked("one: '{{ now().year > 2000 }}'", SHOWN),
    "filters of Ansible": asked(
        "one: \"{{ 'a' | b64encode }}{{ 'x' | hash('sha256') }}{{ 'b' | to_uuid }}{{ 'p/q' | basename }}\"",
        SHOWN,
    ),
    "a pattern": asked("one: \"{{ 'Shop Name' | lower | regex_replace('[^a-z]+', '-') }}\"", SHOWN),
}

CONDITIONS: Mapping[str, Case] = {
    **{
        f"when {text}": asked(
            f"one: {{type: str, default: a, when: {text}}}",
            "{{ one }}{{ _copier_answers | to_json | length > 100 }}",
        )
        for text in [
            "false",
            "true",
            "'no'",
            "''",
            "'{{ 0 }}'",
            "'{{ none }}'",
            "'anything'",
            "'{{ 2 }}'",
            "'0.0'",
        ]
    },
    "a computed value": asked("a: Shop\none: {type: str, when: false, default: '{{ a | lower }}'}", SHOWN),
    "a computed number": asked(
        "one: {type: int, when: false, default: '{{ 40 + 1 }}'}\nb: {type: int, default: '{{ one + 1 }}'}",
        SHOWN + "{{ b }}",
    ),
    "a computed text in a document": asked("one: {type: yaml, when: false, default: \"'1'\"}", SHOWN),
    "a computed value whose validator fails": asked(
        "one: {type: str, when: false, default: a, validator: bad}", SHOWN
    ),
    "a computed list": asked(
        "one: {type: str, multiselect: true, choices: [a, b], when: false, default: [a]}", SHOWN
    ),
    "hidden and without a default": asked("one: {type: str, when: false}", "{{ one is defined }}"),
    "hidden by another answer": asked(
        "w: true\none: {type: int, default: 80, when: '{{ w }}'}", SHOWN, w=False
    ),
    "shown by another answer": asked(
        "w: false\none: {type: int, default: 80, when: '{{ w }}'}", SHOWN, w=True, one=9
    ),
    "not to be asked": asked("one: {type: str, default: a, ask: false}", SHOWN + "{{ _copier_answers.one }}"),
    "not to be asked, and given": asked("one: {type: str, default: a, ask: false}", SHOWN, one="b"),
    "a validator that passes": asked(
        "one: {type: int, validator: '{% if one < 9 %}small{% endif %}'}", SHOWN, one=9
    ),
    "a validator of blanks": asked("one: {type: int, validator: ' {# x #} '}", SHOWN, one=9),
}

CONFIGS: Mapping[str, Case] = {
    "several documents": asked("one: 1\ntwo: 1\n---\ntwo: 2\n---\n", "{{ one }}{{ two }}"),
    "an included document": Case(
        {
            "copier.yml": "one: 1\n---\n!include more.yml\n---\nthree: 3",
            "more.yml": "two: 2",
            SEEN: "{{ one }}{{ two }}{{ three }}",
        }
    ),
    "included documents by pattern": Case(
        {
            "copier.yml": "!include q/*.yml",
            "q/a.yml": "one: 1\n---\none: 2",
            "q/b.yml": "two: 3",
            SEEN: "{{ one }}{{ two }}",
        }
    ),
    "an anchor": asked("one: &a [1, 2]\ntwo: {type: yaml, default: *a}", "{{ one }}{{ two }}"),
    "a merged mapping": asked("_x: &x {type: str}\none: {<<: *x, default: 7}", SHOWN),
    "unknown settings": asked("_fastkit: {title: x}\n_mine: 1\none: 1", SHOWN),
    "a version that is there": asked("_min_copier_version: '9.0'\none: 1", SHOWN),
    "own delimiters": asked(
        "_envops: {block_start_string: '[%', block_end_string: '%]', variable_start_string: '[[', "
        "variable_end_string: ']]', comment_start_string: '[#', comment_end_string: '#]'}\n"
        "one: x\ntwo: '[[ one ]]{{ one }}'",
        "[[ two ]] {{ two }} [% if one %]y[% endif %][# z #]",
    ),
    "trimmed blocks": asked(
        "_envops: {trim_blocks: true, lstrip_blocks: true}\none: 1",
        "a\n  {% if one %}\nb\n  {% endif %}\nc\n",
    ),
    "lines of statements": asked(
        "_envops: {line_statement_prefix: '%%', line_comment_prefix: '##'}\none: 1",
        "%% if one\na ## b\n%% endif\n",
    ),
    "no newline at the end": asked("_envops: {keep_trailing_newline: false}\none: 1", "a\n"),
    "ends of lines of Windows": asked('_envops: {newline_sequence: "\\r\\n"}\none: 1', "a\nb\n"),
    "escaped": asked("_envops: {autoescape: true}\none: '<b>'", "{{ one }}"),
    "undefined is an error, and nothing is": asked(
        "_envops: {undefined: jinja2.StrictUndefined}\none: 1", "{{ one }}"
    ),
    "undefined is nothing": asked("_envops: {undefined: jinja2.Undefined}\none: 1", "{{ nothing }}."),
}

EACH = "{% yield x from l %}{{ x }}{% endyield %}"

ANY = {"a.txt": "a", "b.txt": "b", "c/d.txt": "d", "c/e.md": "e"}

FILES: Mapping[str, Case] = {
    "no settings at all": made("", {"a.txt": "a", "README.md": "# {{ x }}"}),
    "values and blocks": made("n: x", {"a.jinja": "# {{ n }}\n{% for i in range(3) %}{{ i }}\n{% endfor %}"}),
    "no newline at the end of a file": made("n: x", {"a.jinja": "{{ n }}"}),
    "ends of lines of Windows in a template": made("n: x", {"a.jinja": b"{{ n }}\r\nb\r\n", "b": b"a\r\n"}),
    "binary": made("", {"logo.png": b"\x89PNG\xff\x00{{ x }}"}),
    "empty": made("", {"a": "", "b.jinja": "", "c/__init__.py": ""}),
    "empty folders": made("", {"a/": "", "b/c/": "", "{{ 'd' }}/": ""}),
    "unicode": made("n: ü", {"ä/{{ n }}.txt.jinja": "{{ n }}👩‍👩‍👧", "日本.md": "x"}),
    "modes": Case(
        {"copier.yml": "n: x", "run.sh": "#!", "go.jinja": "{{ n }}", "plain": ""},
        modes={"run.sh": 0o755, "go.jinja": 0o755},
    ),
    "names from answers": made(
        "n: x", {"{{ n }}/{{ n }}.py": "", "src/{{ n | upper }}/a.py.jinja": "{{ n }}"}
    ),
    "names that vanish": made(
        "w: false",
        {
            "{% if w %}a.txt{% endif %}": "",
            "{% if w %}d{% endif %}/b": "",
            "c": "",
            "{% if not w %}e{% endif %}.txt": "",
        },
    ),
    "a folder in a name": made("n: a/b", {"{{ n }}/c.txt": "", "{{ n }}.txt": ""}),
    "yield": made("l: [a, b]", {"{% yield x from l %}{{ x }}{% endyield %}.txt.jinja": "{{ x }}"}),
    "yield of folders": made(
        "l: [a, b]",
        {
            "{% yield x from l %}{{ x }}{% endyield %}/f.jinja": "{{ x }}",
            "{% yield x from l %}{{ x }}{% endyield %}/g/h": "",
        },
    ),
    "yield of mappings": made(
        "l: [{n: a, v: 1}, {n: b, v: 2}]",
        {"m/{% yield x from l %}{{ x.n }}{% endyield %}.py.jinja": "{{ x.v }}"},
    ),
    "yield in yield": made(
        "l: [a, b]\nk: [1, 2]",
        {f"{EACH}/{{% yield y from k %}}{{{{ y }}}}{{% endyield %}}.jinja": "{{ x }}{{ y }}"},
    ),
    "yield of nothing": made("l: []", {"{% yield x from l %}{{ x }}{% endyield %}.txt": "", "a": ""}),
    "a subdirectory": made(
        "_subdirectory: project", {"project/a.txt": "", "project/b/c.jinja": "{{ 1 }}", "other": ""}
    ),
    "a deep subdirectory": made("_subdirectory: t/p", {"t/p/a.txt": "", "t/b": ""}),
    "a templated subdirectory": made(
        "k: two\n_subdirectory: 't/{{ k }}'", {"t/one/a": "1", "t/two/a.jinja": "{{ k }}"}, k="two"
    ),
    "another suffix": made("_templates_suffix: .tmpl", {"a.txt.tmpl": "{{ 1 }}", "b.jinja": "{{ 1 }}"}),
    "no suffix": made(
        "_templates_suffix: ''\nn: x", {"a.txt": "{{ n }}", "b/{{ n }}": "{{ n }}", "logo.png": b"\x89\xff"}
    ),
    "no suffix in a subdirectory": made(
        "_templates_suffix: ''\n_subdirectory: p\nn: x", {"p/a.txt": "{{ n }}", "p/b.jinja": "{{ n }}"}
    ),
    "a suffix that is unset": made("_templates_suffix:", {"a.jinja": "{{ 1 }}"}),
    "a suffix on a folder": made("", {"d.jinja/a.txt": "x", "d.jinja/b.jinja": "{{ 1 }}"}),
    "a template and a file of one name": made(
        "_subdirectory: p", {"p/a.txt": "plain", "p/a.txt.jinja": "{{ 1 }}"}
    ),
    "two suffixes": made("", {"a.jinja.jinja": "{{ 1 }}"}),
    "a name with a dot at its start": made(
        "_subdirectory: p", {"p/.env.jinja": "A={{ 1 }}", "p/.gitignore": "x", "p/.github/w.yml": ""}
    ),
    "excluded names": made("_exclude: [a.txt, '*.md', copier.yml]", ANY),
    "an excluded folder": made("_exclude: [c, copier.yml]", ANY),
    "excluded but for one": made("_exclude: ['*', '!*.txt', '!c']", ANY),
    "excluded at the root": made("_exclude: [/a.txt, /d.txt, copier.yml]", ANY),
    "excluded by an answer": made('w: true\n_exclude: ["{% if w %}a.txt{% endif %}", copier.yml]', ANY),
    "excluded by several lines": made('_exclude: ["a.txt\\nb.txt", copier.yml]', ANY),
    "excluded by two documents": made("_exclude: [a.txt]\n---\n_exclude: [b.txt, copier.yml]", ANY),
    "excluded in a subdirectory": made(
        "_subdirectory: p\n_exclude: ['*.md']", {f"p/{path}": text for path, text in ANY.items()}
    ),
    "nothing excluded": made("_exclude: []", {"a.txt": "", "~x": ""}),
    "excluded by default": made(
        "", {"~x": "", "a.pyc": "", "__pycache__/b": "", ".DS_Store": "", ".svn/c": "", "kept": ""}
    ),
    "excluded by what is done": made(
        "_exclude: [\"{% if _copier_operation == 'copy' %}a.txt{% endif %}\", copier.yml]", ANY
    ),
    "a link that is followed": made("", {"a.txt": "x", "l": "-> a.txt", "d/b": "y", "k": "-> d"}),
    "a link that is kept": made(
        "_preserve_symlinks: true",
        {"a.txt": "x", "l": "-> a.txt", "d/b": "y", "k": "-> d", "d/up": "-> ../a.txt"},
    ),
    "a link that is a template": made(
        "_preserve_symlinks: true\nn: a", {"a.txt": "x", "l.jinja": "-> {{ n }}.txt", "{{ n }}-l": "-> a.txt"}
    ),
    "a link to nowhere that is kept": made("_preserve_symlinks: true", {"l": "-> nowhere"}),
    "an included file": made(
        "_exclude: [inc, copier.yml]", {"inc": "i{{ n }}\n", "a.jinja": "{% set n = 3 %}{% include 'inc' %}"}
    ),
    "an imported macro": made(
        "_subdirectory: p",
        {
            "m.j": "{% macro m(x) %}<{{ x }}>{% endmacro %}",
            "p/a.jinja": "{% import 'm.j' as m %}{{ m.m(1) }}",
        },
    ),
    "a parent": made(
        "_subdirectory: p",
        {
            "base": "a{% block b %}{% endblock %}c\n",
            "p/a.jinja": "{% extends 'base' %}{% block b %}B{% endblock %}",
        },
    ),
    "an answers file": made(
        "a: 1\nb: {type: str, secret: true, default: s}\nc: {type: str, when: false, default: h}",
        {"{{ _copier_conf.answers_file }}.jinja": "{{ _copier_answers | to_nice_yaml }}"},
    ),
    "an answers file of another name": made(
        "_answers_file: .my.yml\na: 1",
        {"{{ _copier_conf.answers_file }}.jinja": "{{ _copier_answers | to_nice_yaml }}"},
    ),
    "a templated answers file": made(
        "a: x\n_answers_file: '.{{ a }}.yml'",
        {"{{ _copier_conf.answers_file }}.jinja": "{{ _copier_answers.a }}"},
    ),
    "what copier knows": made(
        "a: 1",
        {
            "a.jinja": "{{ _folder_name }} {{ _copier_conf.dst_path }} {{ _copier_conf.src_path.name }} "
            "{{ _copier_conf.sep }} {{ _copier_conf.os }} {{ _copier_phase }} {{ _copier_python }}"
        },
    ),
    "what copier makes up": made(
        "a: 1", {"a.jinja": "{{ make_secret() | length }} {{ now().year > 2000 }} {{ pathjoin('a', 'b') }}"}
    ),
    "messages": made("_message_before_copy: hello\n_message_after_copy: 'bye {{ a }}'\na: 1", {"x": ""}),
    "what exists and is to be kept": Case(
        {
            "copier.yml": "n: x\n_skip_if_exists: ['*.env', 'k/{{ n }}']",
            "a.env": "new",
            "k/x": "new",
            "b": "b",
        },
        there={"a.env": "mine", "k/x": "mine", "other": "o"},
    ),
    "what exists and is the same": Case(
        {"copier.yml": "", "a": "same", "b/c": "c"}, there={"a": "same", "b/d": "mine"}
    ),
    "data of the project": Case(
        {
            "copier.yml": "_external_data: {more: .more.yml}\none: '{{ _external_data.more.a }}'",
            SEEN: "{{ one }}{{ _external_data.more.a }}",
        },
        there={".more.yml": "a: 7\n"},
    ),
    "data that is not there": Case(
        {
            "copier.yml": "_external_data: {more: .more.yml}\n"
            "one: \"{{ _external_data.more.a | default('none') }}\"",
            SEEN: "{{ one }}",
        }
    ),
    "braces that are no template": made(
        "", {"a.txt": "{{ x }}", "b.jinja": "{% raw %}{{ x }}{% endraw %}", "c.jinja": "{ {x} }"}
    ),
    "a name of a copier file": made(
        "_subdirectory: p", {"p/copier.yml": "a: 1", "p/copier.yaml.jinja": "{{ 2 }}"}
    ),
    "a byte order mark": made("", {"a.jinja": b"\xef\xbb\xbf{{ 1 }}"}),
    "many folders": made("n: x", {f"d{i}/{{{{ n }}}}{i}/f.jinja": f"{{{{ n }}}}{i}" for i in range(20)}),
    "trusted extensions": Case(
        {
            "copier.yml": "_jinja_extensions: [jinja2.ext.loopcontrols]\n"
            "one: '{% for i in range(9) %}{% if i == 3 %}{% break %}{% endif %}{{ i }}{% endfor %}'",
            SEEN: "{{ one }}{% for i in range(3) %}{% continue %}{% endfor %}",
        },
        trust=True,
    ),
    "trusted tasks": Case({"copier.yml": "_tasks: ['echo {{ n }}']\nn: x", SEEN: "{{ n }}"}, trust=True),
    "a trusted filter": Case(
        {
            "copier.yml": "one: \"{{ '$LANG' | expandvars | length >= 0 }}\"",
            SEEN: "{{ one }}{{ 'a/../b' | relpath }}",
        },
        trust=True,
    ),
}

CASES: Mapping[str, Case] = {
    f"{kind}: {name}": case
    for kind, cases in {
        "type": TYPES,
        "choices": CHOICES,
        "default": DEFAULTS,
        "condition": CONDITIONS,
        "config": CONFIGS,
        "files": FILES,
    }.items()
    for name, case in cases.items()
}
