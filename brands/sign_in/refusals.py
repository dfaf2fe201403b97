"""Why somebody who comes from an OpenID Connect provider is not let in; each says what to do."""

from django.utils.translation import gettext_lazy as _

from brands.errors import DomainError


class NotLetIn(DomainError):
    """Nobody was signed in."""

    code, status = "SIGN_IN_REFUSED", 403


class SaysNo(NotLetIn):
    """What came back does not fit what was asked, or somebody said no there."""

    detail = _("You were not signed in there, or it took too long. Try again.")


class Unreachable(NotLetIn):
    """The provider does not answer."""

    status = 503
    detail = _("The sign-in service does not answer. Try again in a minute, or use your password.")


class NoAddress(NotLetIn):
    """The provider vouches for no e-mail address, or for one of another house."""

    detail = _("Your account there has no confirmed e-mail address that may come in here.")


class Unknown(NotLetIn):
    """Nobody here has that address."""

    detail = _("Nobody has invited you yet. Ask a manager of your brand to add your address.")


class NeedsPassword(NotLetIn):
    """The account may do too much to be taken over by an address."""

    detail = _(
        "This account of an administrator is not connected yet. Log in with the password, or ask "
        "who runs this hub to connect it."
    )
