"""Codes of the API that people choose among or read, each with its label; for clients' help, forms and lists."""

from domain.monitoring import CHARACTERISTICS as CHARACTERISTIC_ANSWERS
from domain.vocabulary import AgeGroup, Contact, Disposal, Flag, Form, InitiatedBy, Offence, TakesPartAs
from domain.wording.reports import OFFENCE_LABELS
from domain.wording.staff import REASON_LABELS, STAGE_LABELS, STEP_LABELS

STAGES = {stage.value: label for stage, label in STAGE_LABELS.items()}
STEPS = {step.value: label for step, label in STEP_LABELS.items()}
REASONS = {reason.value: label for reason, label in REASON_LABELS.items()}
AGE_GROUPS = {
    AgeGroup.UNDER_18.value: "under 18",
    AgeGroup.ADULT_ON_YOUTH_ORDER.value: "an adult still under a youth order",
    AgeGroup.ADULT.value: "18 or older",
    AgeGroup.ORGANISATION.value: "an organisation",
}
INITIATORS = {
    InitiatedBy.VICTIM.value: "the victim or their guardian",
    InitiatedBy.OFFENDER.value: "the offender",
    InitiatedBy.COURT.value: "a court",
    InitiatedBy.SERVICE.value: "the restorative justice service",
}
PARTS = {
    TakesPartAs.DIRECT_VICTIM.value: "the person who was harmed",
    TakesPartAs.BEREAVED_FAMILY.value: "their bereaved family",
    TakesPartAs.PARENT_OR_GUARDIAN.value: "their parent or guardian",
    TakesPartAs.ORGANISATION.value: "an organisation that was harmed",
    TakesPartAs.PROXY.value: "somebody in their place, with their consent",
}
FORMS = {
    Form.FACE_TO_FACE.value: "a meeting in person",
    Form.VIDEO.value: "a video call",
    Form.PHONE.value: "a telephone call",
    Form.LETTER.value: "letters",
    Form.MESSAGE.value: "messages passed on",
    Form.SHUTTLE.value: "a facilitator who goes between both",
}
CONTACTS = {
    Contact.EMAIL.value: "email",
    Contact.TEXT.value: "text message",
    Contact.LETTER.value: "post",
    Contact.PHONE.value: "a call by a caseworker",
    Contact.NONE.value: "not at all",
}
DISPOSALS = {
    Disposal.CONVICTED.value: "a conviction",
    Disposal.OUT_OF_COURT.value: "an out-of-court disposal",
    Disposal.COMMUNITY_RESOLUTION.value: "a community resolution",
    Disposal.PRE_SENTENCE.value: "before sentence",
}
OFFENCES = {offence.value: OFFENCE_LABELS.get(offence) or offence.value.replace("_", " ") for offence in Offence}
FLAGS = {
    Flag.SEXUAL_HARM.value: "sexual harm",
    Flag.DOMESTIC_ABUSE.value: "domestic abuse",
    Flag.STALKING.value: "stalking or harassment",
}
CHARACTERISTICS = dict(CHARACTERISTIC_ANSWERS)
