"""The mapping tables, printed from the maps themselves: ours, FHIR element, how, direction."""

from mappings import registry
from mappings.resource_map import ResourceMap


def markdown() -> str:
    """Print the tables of all maps and what each does not carry yet, for the README."""
    return "\n\n".join(
        _one(kind, found, with_left_out=found is maps[0]) for kind, maps in registry.MAPS.items() for found in maps
    )


def _one(kind: str, found: ResourceMap, *, with_left_out: bool) -> str:
    lines = [
        f"#### {kind} as {found.resource} (identifier …/{found.identity})",
        "",
        "| ours | FHIR element | how | direction |",
        "|---|---|---|---|",
        *(f"| {row.ours} | `{row.element}` | {row.how} | {row.direction} |" for row in found.rows()),
    ]
    if with_left_out:
        lines += ["", "Not carried:", ""]
        lines += [f"- {name}: {why}" for name, why in (found.partly | found.not_yet_carried).items()]
    return "\n".join(lines)
