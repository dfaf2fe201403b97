"""Who did what, when and from where: `trail.record("member.removed", on=member)`."""
