"""The folder of vouched codes for HL7's validator, generated from `terminology.py`.

LOINC, SNOMED CT, RxNorm and ICD-10-CM cannot be had offline: the validator would only warn of a mistyped code. Here
each is a CodeSystem that is complete with just the codes we vouch for, so that any other is an error.
"""

import json
from pathlib import Path

import fhir_profiles
from fhir_profiles import terminology

DEFINITIONS = Path(fhir_profiles.__file__).parent / "definitions"


def write(folder: Path) -> Path:
    """Writes a CodeSystem for each system in which codes are vouched for; gives the folder back."""
    for number, (system, concepts) in enumerate(sorted(terminology.vouched().items())):
        code_system = {
            "resourceType": "CodeSystem",
            "id": f"vouched-{number}",
            "url": system,
            "status": "active",
            "content": "complete",
            "concept": [{"code": c.code} | ({"display": c.display} if c.display else {}) for c in concepts],
        }
        (folder / f"CodeSystem-{number}.json").write_text(json.dumps(code_system))
    return folder
