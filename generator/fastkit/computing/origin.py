"""Where a project's template comes from, in the words that copier writes into projects."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Origin:
    """
    Attributes:
        address: as it was given, without ref and password; only the name of a repository on this machine,
            since its path is private.
        commit: what `git describe` prints for it; empty if the template is not in a repository.
        commit_hash: set if the template was fetched.
    """

    address: str = ""
    commit: str = ""
    commit_hash: str = ""

    @property
    def names(self) -> dict[str, str]:
        """The private answers by which `copier update` finds the template again, in copier's order."""
        commit = {"_commit": self.commit} if self.commit else {}
        return {**commit, "_src_path": self.address}

    def is_at(self, commit: str) -> bool:
        """Whether another `_commit` means the same commit."""
        short = commit.rpartition("-g")[2]
        return commit == self.commit or (len(short) >= 7 and self.commit_hash.startswith(short))


NOWHERE = Origin()
