"""Where a project's template comes from, in the words that copier writes into projects."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Origin:
    """
    Attributes:
        address: as it was given, without ref and password; of a repository of this machine, whose place
            is nobody else's business, its name.
        commit: how `git describe` calls the commit; empty where the template is in no repository.
        commit_hash: of a template that was fetched.
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
