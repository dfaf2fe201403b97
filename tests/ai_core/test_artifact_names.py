"""The name of a file comes from whoever made it: it leads nowhere but into its own folder."""

import pytest

from ai_core.artifacts import clean_name
from brands.errors import DomainError


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("../../etc/passwd", "etc/passwd"),
        ("/etc/passwd", "etc/passwd"),
        ("..\\..\\boot.ini", "boot.ini"),
        ("a/./../b.txt", "a/b.txt"),
        ('x\r\nSet-Cookie: y="1"', 'xSet-Cookie: y="1"'),
        ("n\0ul\u202etxt", "nultxt"),
    ],
)
def test_a_name_stays_in_its_folder_and_on_its_line(given, kept):
    assert clean_name(given) == kept


@pytest.mark.parametrize("given", ["", "/", "..", "../..", "\0"])
def test_a_name_of_nothing_is_refused(given):
    with pytest.raises(DomainError):
        clean_name(given)
