"""The required bindings of FHIR R4 4.0.1 for what we read and write: which codes an element may have at all."""

from functools import cache
from typing import Final

VALUE_SETS: Final[dict[str, str]] = {
    "address-type": "postal physical both",
    "address-use": "home work temp old billing",
    "administrative-gender": "male female other unknown",
    "bundle-type": (
        "document message transaction transaction-response batch batch-response history searchset collection"
    ),
    "care-plan-activity-kind": (
        "Appointment CommunicationRequest DeviceRequest MedicationRequest NutritionOrder Task ServiceRequest "
        "VisionPrescription"
    ),
    "care-plan-activity-status": (
        "not-started scheduled in-progress on-hold completed cancelled stopped unknown entered-in-error"
    ),
    "care-plan-intent": "proposal plan order option",
    "contact-point-system": "phone fax email pager url sms other",
    "contact-point-use": "home work temp old mobile",
    "contributor-type": "author editor reviewer endorser",
    "days-of-week": "mon tue wed thu fri sat sun",
    "event-status": "preparation in-progress not-done on-hold stopped completed entered-in-error unknown",
    "event-timing": (
        "MORN MORN.early MORN.late NOON AFT AFT.early AFT.late EVE EVE.early EVE.late NIGHT PHS HS WAKE C CM CD CV "
        "AC ACM ACD ACV PC PCM PCD PCV"
    ),
    "http-verb": "GET HEAD POST PUT DELETE PATCH",
    "identifier-use": "usual official temp secondary old",
    "issue-severity": "fatal error warning information",
    "issue-type": (
        "invalid structure required value invariant security login unknown expired forbidden suppressed processing "
        "not-supported duplicate multiple-matches not-found deleted too-long code-invalid extension too-costly "
        "business-rule conflict transient lock-error no-store exception timeout incomplete throttled informational"
    ),
    "link-type": "replaced-by replaces refer seealso",
    "medication-admin-status": "in-progress not-done on-hold completed entered-in-error stopped unknown",
    "name-use": "usual official temp nickname anonymous old maiden",
    "narrative-status": "generated extensions additional empty",
    "observation-status": "registered preliminary final amended corrected cancelled entered-in-error unknown",
    "operation-parameter-use": "in out",
    "quantity-comparator": "< <= >= >",
    "related-artifact-type": (
        "documentation justification citation predecessor successor derived-from depends-on composed-of"
    ),
    "request-status": "draft active on-hold revoked completed entered-in-error unknown",
    "search-entry-mode": "match include outcome",
    "sort-direction": "ascending descending",
    "trigger-type": (
        "named-event periodic data-changed data-added data-modified data-removed data-accessed data-access-ended"
    ),
    "units-of-time": "s min h d wk mo a",
}

BOUND: Final[dict[str, str]] = {
    "Address.type": "address-type",
    "Address.use": "address-use",
    "Age.comparator": "quantity-comparator",
    "Bundle.type": "bundle-type",
    "BundleEntryRequest.method": "http-verb",
    "BundleEntrySearch.mode": "search-entry-mode",
    "CarePlan.intent": "care-plan-intent",
    "CarePlan.status": "request-status",
    "CarePlanActivityDetail.kind": "care-plan-activity-kind",
    "CarePlanActivityDetail.status": "care-plan-activity-status",
    "ContactPoint.system": "contact-point-system",
    "ContactPoint.use": "contact-point-use",
    "Contributor.type": "contributor-type",
    "Count.comparator": "quantity-comparator",
    "DataRequirementSort.direction": "sort-direction",
    "Distance.comparator": "quantity-comparator",
    "Duration.comparator": "quantity-comparator",
    "HumanName.use": "name-use",
    "Identifier.use": "identifier-use",
    "MedicationAdministration.status": "medication-admin-status",
    "Narrative.status": "narrative-status",
    "Observation.status": "observation-status",
    "OperationOutcomeIssue.code": "issue-type",
    "OperationOutcomeIssue.severity": "issue-severity",
    "ParameterDefinition.use": "operation-parameter-use",
    "Patient.gender": "administrative-gender",
    "PatientContact.gender": "administrative-gender",
    "PatientLink.type": "link-type",
    "Procedure.status": "event-status",
    "Quantity.comparator": "quantity-comparator",
    "RelatedArtifact.type": "related-artifact-type",
    "TimingRepeat.dayOfWeek": "days-of-week",
    "TimingRepeat.durationUnit": "units-of-time",
    "TimingRepeat.periodUnit": "units-of-time",
    "TimingRepeat.when": "event-timing",
    "TriggerDefinition.type": "trigger-type",
}


@cache
def allowed(element: str) -> frozenset[str]:
    """Give the codes that an element (`Type.element`) may have; none are given for an element without such a rule."""
    return frozenset(VALUE_SETS[BOUND[element]].split()) if element in BOUND else frozenset()
