"""The content of our own code systems: what no verified standard code says (URLs and concepts: `terminology.py`)."""

from typing import Final

SYSTEMS: Final[dict[str, tuple[str, dict[str, str]]]] = {
    "measure": (
        "Measures without a verified standard code",
        {
            "poss": "Pasero opioid-induced sedation scale",
            "ramsay": "Ramsay sedation scale",
            "cadss": "CADSS score",
            "fiqr": "FIQR score",
            "pgic": "Patient global impression of change",
            "fatigue-nrs": "Fatigue 0-10",
            "sleep-nrs": "Sleep problems 0-10",
            "cognition-nrs": "Cognitive problems 0-10",
            "nausea-nrs": "Nausea 0-10",
            "aldrete": "Aldrete score",
            "discharge-readiness": "Discharge readiness",
            "pain-reduction-pct": "Pain reduction against baseline",
            "relief-duration": "Duration of pain relief",
            "follow-up-decision": "Decision at follow-up",
            "treatment-response": "Treatment response",
            "adjusted-weight": "Adjusted body weight",
        },
    ),
    "timepoint": (
        "Time points of the clinic's protocol",
        {
            "baseline": "Baseline",
            "pre": "Before the infusion",
            "during": "During the infusion",
            "end": "End of the infusion",
            "recovery": "Recovery",
            "discharge": "Discharge",
            "follow-up": "Follow-up",
        },
    ),
    "phase-kind": (
        "Kinds of phase of a plan",
        {
            "induction": "Ketamine infusion, induction",
            "maintenance": "Ketamine infusion, maintenance",
            "taper": "Ketamine infusion, taper",
            "reassessment": "Reassessment",
        },
    ),
    "supportive": (
        "Supportive treatment, and monitoring",
        {
            "PT": "Physical therapy",
            "CBT": "Cognitive behavioral therapy",
            "psychotherapy": "Psychotherapy",
            "exercise": "Exercise",
            "sleep": "Sleep",
            "medication-adjustment": "Medication adjustment",
            "other": "Other supportive treatment",
            "monitoring": "Monitoring during infusion",
        },
    ),
    "session-stage": (
        "Stages of a session around the infusion",
        {
            "preparation": "Preparation",
            "recovery": "Recovery",
        },
    ),
    "staff-function": (
        "Functions of staff in a session",
        {
            "prescriber": "Prescriber",
            "anesthesia": "Anesthesia",
            "infusion-nurse": "Infusion nurse",
            "monitor": "Monitor",
            "other": "Other",
        },
    ),
    "reason": (
        "Reasons of a plan's or session's status",
        {
            "patient-choice": "Patient choice",
            "adverse-effect": "Adverse effect",
            "no-response": "No response",
            "contraindication": "Contraindication",
            "goal-met": "Goal met",
            "transfer": "Transfer",
            "lost-to-follow-up": "Lost to follow-up",
            "other": "Other",
        },
    ),
    "revision-reason": (
        "Reasons of a plan's revision",
        {
            "initial": "Initial plan",
            "adverse-effect": "Adverse effect",
            "response": "Response to treatment",
            "other": "Other",
        },
    ),
    "side-effect": (
        "Side effects without a verified standard code",
        {
            "dissociation": "Dissociation during infusion",
        },
    ),
    "side-effect-part": (
        "What is said about a side effect",
        {
            "severity": "Severity",
            "outcome": "Outcome",
            "causality": "Causality",
            "action-taken": "Action taken",
            "serious": "Serious",
            "seriousness": "Seriousness",
        },
    ),
    "action-taken": (
        "What was done about a side effect",
        {
            "none": "None",
            "rate-reduced": "Rate reduced",
            "paused": "Paused",
            "stopped": "Stopped",
            "medicated": "Medicated",
            "escalated": "Escalated",
        },
    ),
    "next-step": (
        "What follows after a session",
        {
            "continue": "Continue",
            "adjust": "Adjust",
            "hold": "Hold",
            "end": "End",
        },
    ),
    "segment-end": (
        "How a segment of an infusion ended, other than complete",
        {
            "planned-change": "Planned change of rate",
            "pause": "Pause",
            "stop": "Stop",
        },
    ),
    "premedication-status": (
        "Why a premedication was not given",
        {
            "refused": "Refused",
            "held": "Held",
        },
    ),
    "readiness": (
        "Criteria of discharge",
        {
            "vitals-stable": "Vital signs stable",
            "oriented": "Oriented",
            "walks-unaided": "Walks unaided",
            "nausea-controlled": "Nausea controlled",
            "escort-present": "Escort present",
            "instructions-given": "Instructions given",
            "override": "Reason of a discharge in spite of criteria not met",
        },
    ),
    "treatment-response": (
        "Response to treatment",
        {
            "responder": "Responder",
            "partial": "Partial responder",
            "non-responder": "Non-responder",
        },
    ),
    "follow-up-decision": (
        "Decisions at follow-up",
        {
            "continue": "Continue",
            "start-maintenance": "Start maintenance",
            "adjust": "Adjust",
            "extend": "Extend",
            "stop": "Stop",
        },
    ),
}
"""Title, and display by code, of each system by name."""
