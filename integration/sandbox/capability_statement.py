"""What a hospital says of itself: `/metadata` and `.well-known/smart-configuration`, made from its character.

They say exactly what it does. Where the real server of its kind says otherwise, the character's file has a quirk with a
name: something that is done and not declared, or declared and not done.
"""

from collections.abc import Iterable
from typing import Any, Final

from fhir_profiles import terminology
from fhir_profiles.fhir_json import Document
from integration.sandbox import character_parts as parts
from integration.sandbox import resource_types, search_params
from integration.sandbox.character_sections import Sections
from integration.sandbox.manners import Access, Interaction

_FHIR: Final = terminology.BODY_POSITION.partition("StructureDefinition/")[0]
_SECURITY: Final = f"{terminology.TEST_DATA.system.rpartition('/')[0]}/restful-security-service"
_OF_A_TYPE: Final = (
    Interaction.READ,
    Interaction.VREAD,
    Interaction.UPDATE,
    Interaction.DELETE,
    Interaction.HISTORY,
    Interaction.HISTORY_TYPE,
    Interaction.CREATE,
    Interaction.SEARCH,
)
_OF_THE_SERVER: Final = {
    Interaction.TRANSACTION: "transaction",
    Interaction.BATCH: "batch",
    Interaction.SEARCH: "search-system",
    Interaction.HISTORY_SYSTEM: "history-system",
}
_OPERATIONS: Final = {
    Interaction.MATCH: "OperationDefinition/{0}-match",
    Interaction.EVERYTHING: "OperationDefinition/{0}-everything",
    Interaction.EXPORT: "uv/bulkdata/OperationDefinition/{1}export",
}
_ALGORITHMS: Final = ("RS384", "ES384")
_SCOPE_OF: Final = {
    Interaction.CREATE: "c",
    Interaction.READ: "r",
    Interaction.UPDATE: "u",
    Interaction.DELETE: "d",
    Interaction.SEARCH: "s",
}


def statement(character: Sections, base_url: str, access: Access | None = None) -> Document:
    """Make the CapabilityStatement."""
    about = character.about
    software = {"name": about.software} | ({"version": about.version} if about.version else {})
    return {
        "resourceType": "CapabilityStatement",
        "meta": {"security": [terminology.TEST_DATA.coding()]},
        "status": "active",
        "date": about.date,
        "kind": "instance",
        "software": software,
        "implementation": {"description": f"TEST: {about.title}. {about.says.strip()}", "url": base_url},
        "fhirVersion": "4.0.1",
        "format": ["json", "application/fhir+json"],
        "rest": [_rest(character, base_url, access)],
    }


def _rest(character: Sections, base_url: str, access: Access | None) -> Document:
    rest: Document = {"mode": "server"}
    if access is not None:
        rest["security"] = _security(base_url, access)
    types = [_resource(character, name) for name in offered_types(character)]
    rest["resource"] = [one for one in types if one.get("interaction") or one.get("operation")]
    hidden, claimed = _quirks(character, parts.ANY_TYPE)
    done = {one for one in character.server.interactions if one not in hidden} | claimed
    codes = [{"code": code} for one, code in _OF_THE_SERVER.items() if one in done]
    if codes:
        rest["interaction"] = codes
    if Interaction.EXPORT in done:
        rest["operation"] = [_operation(Interaction.EXPORT, "")]
    return rest


def offered_types(character: Sections) -> list[str]:
    """Give the types of which anything is offered, in the order of FHIR's list."""
    every = parts.ANY_TYPE in character.types
    return [name for name in sorted(resource_types.ALL) if every or name in character.types]


def _resource(character: Sections, name: str) -> Document:
    said = character.of_type(name)
    hidden, claimed = _quirks(character, name)
    done = {one for one in character.offered(name) | claimed if one not in hidden}
    resource: Document = {"type": name}
    told = told_of(said)
    if told:
        resource["documentation"] = told
    codes = [{"code": one.value} for one in _OF_A_TYPE if one in done]
    if codes:
        resource["interaction"] = codes
    resource |= _switches(character, said, hidden, claimed)
    named = said.search if said.search is not None else sorted(search_params.of_type(name))
    searched = [one for one in named if f"search:{one}" not in hidden] if Interaction.SEARCH in done else []
    searched += [one.removeprefix("search:") for one in sorted(claimed) if one.startswith("search:")]
    if searched:
        resource["searchParam"] = [_parameter(name, one) for one in searched]
    if Interaction.SEARCH in done and character.searching.includes:
        params = search_params.of_type(name).values()
        referring = [f"{name}:{one.name}" for one in params if one.kind is search_params.Kind.REFERENCE]
        resource |= {"searchInclude": ["*", *referring], "searchRevInclude": ["*"]}
    operations = [_operation(one, name) for one in _OPERATIONS if one in done]
    if operations:
        resource["operation"] = operations
    return resource


def _switches(character: Sections, said: parts.TypeManners, hidden: set[str], claimed: set[str]) -> Document:
    """The elements of one type that say what is done about versions and conditions."""
    conditions, done = character.conditions, set(said.interactions)
    creates, updates, deletes = (one in done for one in (Interaction.CREATE, Interaction.UPDATE, Interaction.DELETE))
    deletes_at_once = conditions.conditional_delete
    versioned = "versioned-update" if conditions.if_match_required and updates else "versioned"
    found: Document = {
        "versioning": versioned if character.keeping.versions else "no-version",
        "readHistory": Interaction.VREAD in done,
        "updateCreate": updates and conditions.update_create,
        "conditionalCreate": creates and conditions.if_none_exist,
        "conditionalRead": "full-support" if conditions.if_none_match and Interaction.READ in done else "not-supported",
        "conditionalUpdate": updates and conditions.conditional_update,
        "conditionalDelete": deletes_at_once if deletes and deletes_at_once != "no" else "not-supported",
    }
    kept = {key: value for key, value in found.items() if key not in hidden}
    return kept | {key: True for key in claimed if isinstance(found.get(key), bool)}


def _quirks(character: Sections, name: str) -> tuple[set[str], set[str]]:
    """What is hidden, and what is claimed, of a type; of the server for the type `*`."""
    hidden: set[str] = set()
    claimed: set[str] = set()
    for quirk in character.quirks:
        if name in quirk.types or parts.ANY_TYPE in quirk.types:
            hidden.update(quirk.hides)
            claimed.update(quirk.claims)
    return hidden, claimed


def _parameter(resource_type: str, name: str) -> Document:
    known = search_params.of_type(resource_type).get(name)
    return {"name": name, "type": known.kind.value if known is not None else "string"}


def _operation(operation: Interaction, resource_type: str) -> Document:
    level = f"{resource_type.lower()}-" if resource_type else ""
    definition = _FHIR + _OPERATIONS[operation].format(resource_type, level)
    return {"name": operation.value.removeprefix("$"), "definition": definition}


def told_of(said: parts.TypeManners) -> str:
    """Say in words what a type demands, ignores and refuses."""
    words = [f"Required: {', '.join(said.required)}." if said.required else ""]
    words += [f"Accepted and not kept: {', '.join(said.ignored)}." if said.ignored else ""]
    words += [f"Refused: {', '.join(said.refused)}." if said.refused else ""]
    words += [f"{rule.says[:1].upper()}{rule.says[1:].rstrip('.')}." for rule in said.rules]
    return " ".join(word for word in words if word)


def _security(base_url: str, access: Access) -> Document:
    schemes = ["SMART-on-FHIR"] if access.clients else []
    schemes += ["Basic"] if access.passwords else []
    schemes += ["OAuth"] if access.tokens and not access.clients else []
    service = [{"coding": [{"system": _SECURITY, "code": one}]} for one in schemes]
    says = f"Tokens: {base_url}/{access.token_path}" if access.clients else "See the operator of this sandbox"
    return {"cors": False, "service": service, "description": says} if service else {"cors": False, "description": says}


def smart_configuration(character: Sections, base_url: str, access: Access | None) -> Document | None:
    """Make the SMART configuration; None where there is nobody to give a token to."""
    if access is None or not access.clients:
        return None
    return {
        "token_endpoint": f"{base_url.rstrip('/')}/{access.token_path}",
        "grant_types_supported": ["client_credentials"],
        "token_endpoint_auth_methods_supported": ["private_key_jwt"],
        "token_endpoint_auth_signing_alg_values_supported": list(_ALGORITHMS),
        "scopes_supported": list(_scopes(character)),
        "capabilities": ["client-confidential-asymmetric", "permission-v1", "permission-v2"],
    }


def _scopes(character: Sections) -> Iterable[str]:
    for name in offered_types(character):
        offered: Any = character.of_type(name).interactions
        letters = "".join(letter for one, letter in _SCOPE_OF.items() if one in offered)
        if letters:
            yield f"system/{name}.{letters}"
