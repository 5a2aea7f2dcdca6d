"""Records: a lighter `dataclasses` for the classes that every start of the command imports.

The standard library compiles up to six methods per class on import, a quarter of the time of a small run. Here the
constructor is compiled when the first record is made, and all other methods are shared. `dataclasses.replace`,
`fields` and `asdict` accept records, and type checkers see dataclasses.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any


def fill_in(record: Any, **parts: Any) -> None:
    """Set fields of a frozen record before anybody else has it.

    Parameters
    ----------
    record : object
    **parts
        Fields by name.
    """
    assert parts.keys() <= {f.name for f in fields(record)}
    record.__dict__.update(parts)


if TYPE_CHECKING:
    from dataclasses import dataclass, field, fields, replace

    __all__ = ["dataclass", "field", "fields", "fill_in", "replace"]
else:
    _MISSING = object()
    _MANY = 8  # elements that a record shows

    class Field:
        """A field's name, and its default or the factory of its default."""

        __slots__ = ("default", "factory", "name")

        def __init__(self, default=_MISSING, factory=None):
            self.name, self.default, self.factory = "", default, factory

    class _LibraryFields:
        """The fields in the form that functions of `dataclasses` expect, made on request."""

        def __get__(self, instance, owner):
            import dataclasses

            fields = {}
            for f in owner.__record__:
                default = dataclasses.MISSING if f.default is _MISSING else f.default
                field = (
                    dataclasses.field(default_factory=f.factory)
                    if f.factory
                    else dataclasses.field(default=default)
                )
                field.name, field._field_type = f.name, dataclasses._FIELD
                fields[f.name] = field
            return fields

    def field(*, default_factory):
        """Declare a field whose default is made anew for each record."""
        return Field(factory=default_factory)

    def fields(record):
        """Return the fields of a record or of a class of records."""
        return record.__record__

    def replace(record, /, **changes):
        """Return a copy of a record with some fields changed."""
        return record.__class__(**{f.name: getattr(record, f.name) for f in record.__record__} | changes)

    def dataclass(cls=None, /, *, frozen=False, eq=True, repr=True, init=True):
        """Make a class a record; its fields are the annotations in it and in its base records."""
        if cls is None:
            return lambda made: dataclass(made, frozen=frozen, eq=eq, repr=repr, init=init)
        known = {f.name: f for base in cls.__mro__[:0:-1] for f in getattr(base, "__record__", ())}
        for name, kind in vars(cls).get("__annotations__", {}).items():
            if str(kind).removeprefix("typing.").startswith("ClassVar"):
                continue
            default = cls.__dict__.get(name, _MISSING)
            known[name] = default if isinstance(default, Field) else Field(default)
            known[name].name = name
            if known[name] is default:
                delattr(cls, name)
        cls.__record__ = tuple(known.values())
        cls.__dataclass_fields__ = _LibraryFields()
        cls.__frozen__ = frozen
        if init:
            cls.__init__ = _first_init
        if repr:
            cls.__repr__ = _repr
        if eq:
            cls.__eq__ = _eq
            cls.__hash__ = _hash if frozen else None
        if frozen:
            cls.__setattr__, cls.__delattr__ = _refuse, _refuse
        return cls

    def _first_init(self, *args, **kwargs):
        """Compile the constructor of a class when its first record is made, and call it."""
        owner = next(c for c in type(self).__mro__ if c.__dict__.get("__init__") is _first_init)
        owner.__init__ = _compiled_init(owner)
        owner.__init__(self, *args, **kwargs)

    def _compiled_init(owner):
        names, words, lines = {"_missing": _MISSING}, [], []
        for f in owner.__record__:
            name, value = f.name, f.name
            if f.factory:
                names[f"_factory_{name}"] = f.factory
                words.append(f"{name}=_missing")
                value = f"_factory_{name}() if {name} is _missing else {name}"
            elif f.default is not _MISSING:
                names[f"_default_{name}"] = f.default
                words.append(f"{name}=_default_{name}")
            else:
                words.append(name)
            # a frozen record refuses assignment
            place = f"self.__dict__[{name!r}]" if owner.__frozen__ else f"self.{name}"
            lines.append(f"    {place} = {value}")
        if hasattr(owner, "__post_init__"):
            lines.append("    self.__post_init__()")
        body = "\n".join(lines) or "    pass"
        exec(f"def __init__(self, {', '.join(words)}):\n{body}\n", names)
        names["__init__"].__qualname__ = f"{owner.__qualname__}.__init__"
        kinds = {k: v for c in owner.__mro__[::-1] for k, v in vars(c).get("__annotations__", {}).items()}
        names["__init__"].__annotations__ = {f.name: kinds[f.name] for f in owner.__record__}
        return names["__init__"]

    def _values(record):
        return tuple([getattr(record, f.name) for f in record.__record__])

    def _eq(self, other):
        return _values(self) == _values(other) if other.__class__ is self.__class__ else NotImplemented

    def _hash(self):
        return hash(_values(self))

    def _repr(self):
        words = (f"{f.name}={_brief(getattr(self, f.name))}" for f in self.__record__)
        return f"{type(self).__qualname__}({', '.join(words)})"

    def _brief(value):
        """What a value is: of long arrays, lists of records and mappings the size."""
        kind = type(value).__name__
        if hasattr(value, "shape") and value.size > _MANY:
            return f"<{kind} of shape {value.shape}>"
        if isinstance(value, (list, tuple)):
            plain = all(isinstance(v, (str, float, int)) for v in value[:1])
            return repr(value) if plain or len(value) <= _MANY else f"<{kind} of {len(value)}>"
        if isinstance(value, dict) and len(value) > _MANY:
            return f"<{kind} of {len(value)}>"
        return repr(value)

    def _refuse(self, name: str, *value: Any):
        kind = type(self).__qualname__
        raise AttributeError(
            f"cannot set {name!r} of a {kind}, which is frozen: make another one with dataclasses.replace"
        )
