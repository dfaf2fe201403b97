"""What no code of ours may do; each exception stands here with its reason."""

import ast
import re
from pathlib import Path

import pytest
from django.conf import settings

from megahub import advisories

ROOT = Path(settings.BASE_DIR)
APPS = sorted(one.parent for one in ROOT.glob("*/apps.py"))
IMPORTS = {"pickle", "cPickle", "marshal", "shelve", "dill", "joblib", "telnetlib", "xmlrpc"}
CALLS = {
    "eval", "exec", "compile", "mark_safe", "os.system", "os.popen", "yaml.load", "torch.load",
    "tempfile.mktemp", "ssl._create_unverified_context", "__import__",
}  # fmt: skip
ARGUMENTS = {
    ("shell", True), ("verify", False), ("ssl", False), ("verify_ssl", False),
    ("trust_env", True), ("follow_redirects", True), ("allow_redirects", True),
    ("autoescape", False),
}  # fmt: skip
TEMPLATES = re.compile(r"\|\s*(safe|safeseq)\b|autoescape off")
SCRIPTS = re.compile(
    r"\.innerHTML\s*=[^=]|insertAdjacentHTML|outerHTML\s*=|document\.write|\beval\(|new Function"
)
# file → what it may, since …
ALLOWED = {
    "ai_core/pages/json_tree.py": {"mark_safe"},  # every text in it goes through escape()
    "ai_core/pages/stencils.py": {"mark_safe"},  # pieces that a template has rendered
    "ai_training/builtin/lora_work.py": {"torch.load"},  # with weights_only, as asked below
    "templates/ai_notices/mail.txt": {"autoescape off"},  # plain text, shown by no browser
    "templates/shell/field.html": {"|safe"},  # help texts stand in our code, never in a row
}


def python_files():
    return [path for app in APPS for path in app.rglob("*.py") if "migrations" not in path.parts]


def name_of(node: ast.AST) -> str:
    if isinstance(node, ast.Attribute):
        return f"{name_of(node.value)}.{node.attr}"
    return node.id if isinstance(node, ast.Name) else ""


def in_python(text: str) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import):
            found |= {one.name.partition(".")[0] for one in node.names} & IMPORTS
        elif isinstance(node, ast.ImportFrom):
            found |= {(node.module or "").partition(".")[0]} & IMPORTS
        elif isinstance(node, ast.Call):
            found |= {name_of(node.func)} & CALLS
            for given in node.keywords:
                value = given.value.value if isinstance(given.value, ast.Constant) else None
                if any(given.arg == name and value is wrong for name, wrong in ARGUMENTS):
                    found.add(f"{given.arg}={value}")
    return found


def in_template(text: str) -> set[str]:
    return {one[0].replace(" ", "") if "|" in one[0] else one[0]
            for one in TEMPLATES.finditer(text)}  # fmt: skip


def test_no_code_does_what_is_forbidden():
    found = {}
    for path in python_files():
        if wrong := in_python(path.read_text()):
            found[str(path.relative_to(ROOT))] = wrong
    for path in (ROOT / "templates").rglob("*"):
        if path.suffix in (".html", ".txt") and (wrong := in_template(path.read_text())):
            found[str(path.relative_to(ROOT))] = wrong
    for path in (ROOT / "static" / "js").rglob("*.js"):
        if wrong := set(SCRIPTS.findall(path.read_text())):
            found[str(path.relative_to(ROOT))] = wrong
    assert found == ALLOWED


def test_weights_are_loaded_without_code():
    text = (ROOT / "ai_training/builtin/lora_work.py").read_text()
    assert text.count("torch.load(") == len(
        re.findall(r"torch\.load\([^)]*weights_only=True", text)
    )


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("import pickle", "pickle"),
        ("from pickle import loads", "pickle"),
        ("subprocess.run(x, shell=True)", "shell=True"),
        ("client.get(url, verify=False)", "verify=False"),
        ("torch.load(path)", "torch.load"),
        ("mark_safe(text)", "mark_safe"),
    ],
)
def test_the_rule_sees_what_it_is_for(text, found):
    assert in_python(text) == {found}
    assert in_template("{{ text | safe }}") == {"|safe"}


def test_celery_takes_nothing_but_json():
    assert settings.CELERY_ACCEPT_CONTENT == ["json"]
    assert settings.CELERY_TASK_SERIALIZER == "json"


def test_an_advisory_fails_the_check_and_silence_is_told_apart_from_none():
    flaw = {"id": "PYSEC-1", "fix_versions": ["2.0"]}
    bad = {"dependencies": [{"name": "x", "version": "1.0", "vulns": [flaw]}]}
    assert advisories.troubles(bad) == ["x 1.0: PYSEC-1, mended in 2.0"]
    silent = {"dependencies": [{"name": "x", "skip_reason": "could not be audited"}]}
    assert not advisories.was_answered(silent)
    assert advisories.was_answered({"dependencies": [{"name": "x", "version": "1", "vulns": []}]})
