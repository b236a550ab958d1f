"""Changes of a taxonomy while documents and examples stand in it: preview, do, undo."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from kb.access import require_admin
from kb.domain.access import Principal
from kb.domain.errors import InvalidInput
from kb.domain.understanding import Label, Taxonomy
from kb.storage import audit, taxonomies
from kb.storage.database import Database, Session
from kb.storage.taxonomies import Change, Reach, TaxonomyVersion

_FEWEST = 2


@dataclass(frozen=True, slots=True)
class Names:
    """What a label shall be called; None keeps what it is called."""

    name: str
    name_zh: str | None = None
    name_en: str | None = None


@dataclass(frozen=True, slots=True)
class Changed:
    """What a change concerns, and what came of it."""

    taxonomy: Taxonomy
    reach: Reach
    number: int | None
    """Of the taxonomy's new version; None for a preview."""


@dataclass(frozen=True, slots=True)
class Replaced:
    """How a taxonomy differs from the one that it replaces."""

    exists: bool
    """False: there is none of its name yet."""
    added: tuple[str, ...]
    changed: tuple[str, ...]
    """Labels with other names, descriptions, examples or another place in the tree."""
    gone: Mapping[str, Reach]
    """Labels that are no longer there, with what stands under them."""


@dataclass(frozen=True, slots=True)
class TaxonomyChanges:
    """Merge, rename, split, remove, replace and undo; each writes the audit log.

    All raise Forbidden, and NotFound for a taxonomy that does not exist.
    """

    database: Database

    def merge(
        self,
        name: str,
        labels: Sequence[str],
        into: str,
        principal: Principal,
        *,
        preview: bool = False,
    ) -> Changed:
        """Make several labels one that exists; documents, examples and labels below go with it.

        Raises:
            InvalidInput: a label is missing, or fewer than two concern each other.
        """
        taxonomy = self._taxonomy(name)
        gone = [label for label in dict.fromkeys(labels) if label != into]
        _require(taxonomy, [*gone, into])
        if not gone:
            raise _wrong("labels", "name at least one other label", "请至少指定一个其他类别")
        parents = {one.name: one.parent for one in taxonomy.labels}

        _require_no_circle(parents, into, frozenset(gone))

        def above(parent: str | None, label: str) -> str | None:
            """The nearest label above that stays; what lay below one that goes lies below into."""
            while parent in gone:
                parent = parents[parent] if label == into else into
            return parent

        kept = tuple(
            replace(label, parent=above(label.parent, label.name))
            for label in taxonomy.labels
            if label.name not in gone
        )
        change = Change(
            Taxonomy(name, kept),
            "merge",
            {"labels": gone, "into": into, "moves": dict.fromkeys(gone, into)},
            dict.fromkeys(gone, into),
            by=principal.name,
        )
        return self._do(change, gone, principal, preview=preview)

    def rename(
        self, name: str, label: str, new: Names, principal: Principal, *, preview: bool = False
    ) -> Changed:
        """Give a label another name.

        Raises:
            InvalidInput: no such label, or the new name is taken.
        """
        taxonomy = self._taxonomy(name)
        _require(taxonomy, [label])
        if new.name != label and any(one.name == new.name for one in taxonomy.labels):
            raise _wrong(
                "to", f"“{new.name}” is taken; merge the two", f"“{new.name}”已存在，请改用合并"
            )

        def renamed(one: Label) -> Label:
            if one.name != label:
                return replace(one, parent=new.name) if one.parent == label else one
            return replace(
                one,
                name=new.name,
                name_zh=new.name_zh or one.name_zh,
                name_en=new.name_en or one.name_en,
            )

        moves: dict[str, str | None] = {} if new.name == label else {label: new.name}
        change = Change(
            Taxonomy(name, tuple(renamed(one) for one in taxonomy.labels)),
            "rename",
            {"label": label, "to": new.name, "moves": moves},
            moves,
            by=principal.name,
        )
        return self._do(change, [label], principal, preview=preview)

    def split(
        self,
        name: str,
        label: str,
        into: Sequence[Label],
        principal: Principal,
        *,
        inherits: str | None = None,
        preview: bool = False,
    ) -> Changed:
        """Make several labels of one. What people said goes to the one that inherits.

        Documents that a model labelled become stale and are asked about again.

        Raises:
            InvalidInput: no such label, fewer than two new ones, or a name that is taken.
        """
        taxonomy = self._taxonomy(name)
        _require(taxonomy, [label])
        names = [one.name for one in into]
        heir = inherits or (names[0] if names else "")
        others = {one.name for one in taxonomy.labels} - {label}
        if len(set(names)) < _FEWEST or others & set(names) or heir not in names:
            raise _wrong(
                "into",
                "give at least two labels with names that are free, one of which inherits",
                "请给出至少两个未占用的类别名称，并由其中之一继承",
            )
        parent = next(one.parent for one in taxonomy.labels if one.name == label)
        found: list[Label] = []
        for one in taxonomy.labels:
            if one.name == label:
                found += [replace(new, parent=parent) for new in into]
            else:
                found.append(replace(one, parent=heir) if one.parent == label else one)
        moves: dict[str, str | None] = {label: heir}
        change = Change(
            Taxonomy(name, tuple(found)),
            "split",
            {"label": label, "into": names, "inherits": heir, "moves": moves},
            moves,
            asked_again=frozenset({label}),
            by=principal.name,
        )
        return self._do(change, [label], principal, preview=preview)

    def remove(
        self, name: str, label: str, principal: Principal, *, preview: bool = False
    ) -> Changed:
        """Take a label out. Labels below it move up; what models said of it is asked anew.

        What people said stays with the document, under a label that no longer exists.

        Raises:
            InvalidInput: no such label, or fewer than two would be left.
        """
        taxonomy = self._taxonomy(name)
        _require(taxonomy, [label])
        if len(taxonomy.labels) <= _FEWEST:
            raise _wrong("label", "at least two labels must stay", "至少需要保留两个类别")
        above = next(one.parent for one in taxonomy.labels if one.name == label)
        kept = tuple(
            replace(one, parent=above) if one.parent == label else one
            for one in taxonomy.labels
            if one.name != label
        )
        change = Change(
            Taxonomy(name, kept),
            "remove",
            {"labels": [label], "moves": {label: None}},
            {label: None},
            asked_again=frozenset({label}),
            by=principal.name,
        )
        return self._do(change, [label], principal, preview=preview)

    def put(
        self, taxonomy: Taxonomy, principal: Principal, *, action: str, preview: bool = False
    ) -> Replaced:
        """Store a taxonomy in place of the one with its name, or as a new one.

        What models said of labels that are gone is asked anew.

        Args:
            taxonomy: checked by the caller: unique names, no circle.
            principal: an administrator.
            action: "change" or "import", for the list of changes.
            preview: only say what it would do.
        """
        require_admin(principal)
        with self.database.write() as tx:
            before = {one.name: one for one in _known(tx, taxonomy.name)}
            names = {one.name for one in taxonomy.labels}
            gone = [name for name in before if name not in names]
            reaches = {name: taxonomies.reach(tx, taxonomy.name, [name]) for name in gone}
            found = Replaced(
                exists=bool(before),
                added=tuple(one.name for one in taxonomy.labels if one.name not in before),
                changed=tuple(
                    one.name
                    for one in taxonomy.labels
                    if one.name in before and before[one.name] != one
                ),
                gone=reaches,
            )
            if preview:
                return found
            if gone:
                facts = {"gone": gone, "labels": len(names), "moves": dict.fromkeys(gone)}
                moves = dict.fromkeys(gone)
                change = Change(
                    taxonomy, action, facts, moves, asked_again=frozenset(gone), by=principal.name
                )
                taxonomies.apply(tx, change)
            else:
                taxonomies.put_taxonomy(tx, taxonomy, action=action, by=principal.name)
            audit.record(
                tx,
                actor=principal.name,
                action="taxonomy.imported" if action == "import" else "taxonomy.changed",
                subject=f"taxonomy:{taxonomy.name}",
                labels=len(names),
            )
        return found

    def undo(self, name: str, principal: Principal) -> TaxonomyVersion:
        """Take the newest change back.

        Raises:
            Conflict: there is nothing to take back.
        """
        require_admin(principal)
        with self.database.write() as tx:
            found = taxonomies.undo(tx, name, principal.name)
            audit.record(
                tx,
                actor=principal.name,
                action="taxonomy.undone",
                subject=f"taxonomy:{name}",
                number=found.number,
            )
        return found

    def _taxonomy(self, name: str) -> Taxonomy:
        with self.database.read() as tx:
            return taxonomies.taxonomy(tx, name)

    def _do(
        self, change: Change, labels: Sequence[str], principal: Principal, *, preview: bool
    ) -> Changed:
        require_admin(principal)
        name = change.taxonomy.name
        with self.database.write() as tx:
            reach = taxonomies.reach(tx, name, labels)
            if preview:
                return Changed(change.taxonomy, reach, None)
            number = taxonomies.apply(tx, change)
            audit.record(
                tx,
                actor=principal.name,
                action=f"taxonomy.{change.action}",
                subject=f"taxonomy:{name}",
                number=number,
                labels=", ".join(labels),
            )
        return Changed(change.taxonomy, reach, number)


def _known(tx: Session, name: str) -> tuple[Label, ...]:
    found = (one.labels for one in taxonomies.taxonomies(tx) if one.name == name)
    return next(found, ())


def _require(taxonomy: Taxonomy, labels: Sequence[str]) -> None:
    known = {label.name for label in taxonomy.labels}
    for label in labels:
        if label not in known:
            raise _wrong(
                "label",
                f"no label “{label}” in the taxonomy “{taxonomy.name}”",
                f"分类体系“{taxonomy.name}”中没有类别“{label}”",
            )


def _require_no_circle(parents: Mapping[str, str | None], into: str, gone: frozenset[str]) -> None:
    at = parents[into]
    while at in gone:
        at = parents[at]
    while at is not None:
        if at in gone:
            raise _wrong(
                "into",
                f"“{into}” lies below a label that lies below “{at}”; move it up first",
                f"“{into}”位于“{at}”的下级之下，请先上移",
            )
        at = parents[at]


def _wrong(field: str, detail: str, detail_zh: str) -> InvalidInput:
    return InvalidInput(field=field, detail=detail, detail_zh=detail_zh)
