"""R4's own search parameters of the clinical types, as HL7 publishes them, without composite and special ones.

A type, then one word a parameter: `name:kind:paths`. Kinds: t token, r reference, d date, s string, q quantity, n
number, u uri. Paths are left out where they are the name itself (`part-of`: `partOf`); several stand with `|`; `x*` is
any of the elements that x[x] stands for; `[use=old]` takes only such items; `@Patient` only references to Patients.
"""

from typing import Final

PARAMETERS: Final = """
Account identifier:t name:s owner:r:owner@Organization patient:r:subject@Patient period:d:servicePeriod status:t
  subject:r type:t
AdverseEvent actuality:t category:t date:d event:t location:r:location@Location recorder:r
  resultingcondition:r:resultingCondition@Condition seriousness:t severity:t study:r:study@ResearchStudy subject:r
  substance:r:suspectEntity.instance
AllergyIntolerance asserter:r category:t clinical-status:t code:t:code|reaction.substance criticality:t
  date:d:recordedDate identifier:t last-date:d:lastOccurrence manifestation:t:reaction.manifestation
  onset:d:reaction.onset patient:r recorder:r route:t:reaction.exposureRoute severity:t:reaction.severity type:t
  verification-status:t
Appointment actor:r:participant.actor appointment-type:t based-on:r:basedOn@ServiceRequest date:d:start identifier:t
  location:r:participant.actor@Location part-status:t:participant.status patient:r:participant.actor@Patient
  practitioner:r:participant.actor@Practitioner reason-code:t reason-reference:r service-category:t service-type:t
  slot:r:slot@Slot specialty:t status:t supporting-info:r:supportingInformation
AppointmentResponse actor:r appointment:r:appointment@Appointment identifier:t location:r:actor@Location
  part-status:t:participantStatus patient:r:actor@Patient practitioner:r:actor@Practitioner
AuditEvent action:t address:s:agent.network.address agent:r:agent.who agent-name:s:agent.name agent-role:t:agent.role
  altid:t:agent.altId date:d:recorded entity:r:entity.what entity-name:s:entity.name entity-role:t:entity.role
  entity-type:t:entity.type outcome:t patient:r:agent.who@Patient|entity.what@Patient policy:u:agent.policy
  site:t:source.site source:r:source.observer subtype:t type:t
Basic author:r code:t created:d identifier:t patient:r:subject@Patient subject:r
BodyStructure identifier:t location:t morphology:t patient:r:patient@Patient
Bundle identifier:t timestamp:d type:t
CarePlan activity-code:t:activity.detail.code activity-date:d:activity.detail.scheduled*
  activity-reference:r:activity.reference based-on:r:basedOn@CarePlan care-team:r:careTeam@CareTeam category:t
  condition:r:addresses@Condition date:d:period encounter:r:encounter@Encounter goal:r:goal@Goal identifier:t intent:t
  part-of:r:partOf@CarePlan patient:r:subject@Patient performer:r:activity.detail.performer
  replaces:r:replaces@CarePlan status:t subject:r
CareTeam category:t date:d:period encounter:r:encounter@Encounter identifier:t participant:r:participant.member
  patient:r:subject@Patient status:t subject:r
ChargeItem account:r:account@Account code:t context:r entered-date:d enterer:r factor-override:n identifier:t
  occurrence:d:occurrence* patient:r:subject@Patient performer-actor:r:performer.actor
  performer-function:t:performer.function performing-organization:r:performingOrganization@Organization
  price-override:q quantity:q requesting-organization:r:requestingOrganization@Organization service:r subject:r
Claim care-team:r:careTeam.provider created:d detail-udi:r:item.detail.udi@Device encounter:r:item.encounter@Encounter
  enterer:r facility:r:facility@Location identifier:t insurer:r:insurer@Organization item-udi:r:item.udi@Device
  patient:r:patient@Patient payee:r:payee.party priority:t procedure-udi:r:procedure.udi@Device provider:r status:t
  subdetail-udi:r:item.detail.subDetail.udi@Device use:t
ClinicalImpression assessor:r date:d encounter:r:encounter@Encounter finding-code:t:finding.itemCodeableConcept
  finding-ref:r:finding.itemReference identifier:t investigation:r:investigation.item patient:r:subject@Patient
  previous:r:previous@ClinicalImpression problem:r status:t subject:r supporting-info:r
Communication based-on:r category:t encounter:r:encounter@Encounter identifier:t medium:t part-of:r
  patient:r:subject@Patient received:d recipient:r sender:r sent:d status:t subject:r
CommunicationRequest authored:d:authoredOn based-on:r category:t encounter:r:encounter@Encounter group-identifier:t
  identifier:t medium:t occurrence:d:occurrenceDateTime patient:r:subject@Patient priority:t recipient:r
  replaces:r:replaces@CommunicationRequest requester:r sender:r status:t subject:r
Composition attester:r:attester.party author:r category:t confidentiality:t context:t:event.code date:d encounter:r
  entry:r:section.entry identifier:t patient:r:subject@Patient period:d:event.period
  related-id:t:relatesTo.targetIdentifier related-ref:r:relatesTo.targetReference@Composition section:t:section.code
  status:t subject:r title:s type:t
Condition abatement-age:q:abatementAge|abatementRange abatement-date:d:abatementDateTime|abatementPeriod
  abatement-string:s asserter:r body-site:t category:t clinical-status:t code:t encounter:r:encounter@Encounter
  evidence:t:evidence.code evidence-detail:r:evidence.detail identifier:t onset-age:q:onsetAge|onsetRange
  onset-date:d:onsetDateTime|onsetPeriod onset-info:s:onsetString patient:r:subject@Patient recorded-date:d severity:t
  stage:t:stage.summary subject:r verification-status:t
Consent action:t:provision.action actor:r:provision.actor.reference category:t consentor:r:performer
  data:r:provision.data.reference date:d:dateTime identifier:t organization:r:organization@Organization patient:r
  period:d:provision.period purpose:t:provision.purpose scope:t security-label:t:provision.securityLabel
  source-reference:r:source* status:t
Coverage beneficiary:r:beneficiary@Patient class-type:t:class.type class-value:s:class.value dependent:s identifier:t
  patient:r:beneficiary@Patient payor:r policy-holder:r status:t subscriber:r type:t
DetectedIssue author:r code:t identified:d:identified* identifier:t implicated:r patient:r
Device device-name:s:deviceName.name|type.coding.display|type.text identifier:t location:r:location@Location
  manufacturer:s model:s:modelNumber organization:r:owner@Organization patient:r:patient@Patient status:t type:t
  udi-carrier:s:udiCarrier.carrierHRF udi-di:s:udiCarrier.deviceIdentifier url:u
DeviceMetric category:t identifier:t parent:r:parent@Device source:r:source@Device type:t
DeviceRequest authored-on:d based-on:r code:t:codeCodeableConcept device:r:codeReference@Device encounter:r
  event-date:d:occurrenceDateTime|occurrencePeriod group-identifier:t identifier:t insurance:r intent:t
  patient:r:subject@Patient performer:r prior-request:r requester:r status:t subject:r
DeviceUseStatement device:r:device@Device identifier:t patient:r:subject subject:r
DiagnosticReport based-on:r category:t code:t conclusion:t:conclusionCode date:d:effective* encounter:r identifier:t
  issued:d media:r:media.link@Media patient:r:subject@Patient performer:r result:r:result@Observation
  results-interpreter:r specimen:r:specimen@Specimen status:t subject:r
DocumentReference authenticator:r author:r category:t contenttype:t:content.attachment.contentType
  custodian:r:custodian@Organization date:d description:s encounter:r:context.encounter event:t:context.event
  facility:t:context.facilityType format:t:content.format identifier:t:masterIdentifier|identifier
  language:t:content.attachment.language location:u:content.attachment.url patient:r:subject@Patient
  period:d:context.period related:r:context.related relatesto:r:relatesTo.target@DocumentReference
  relation:t:relatesTo.code security-label:t setting:t:context.practiceSetting status:t subject:r type:t
Encounter account:r:account@Account appointment:r:appointment@Appointment based-on:r:basedOn@ServiceRequest class:t
  date:d:period diagnosis:r:diagnosis.condition episode-of-care:r:episodeOfCare@EpisodeOfCare identifier:t length:q
  location:r:location.location@Location location-period:d:location.period part-of:r:partOf@Encounter
  participant:r:participant.individual participant-type:t:participant.type patient:r:subject@Patient
  practitioner:r:participant.individual@Practitioner reason-code:t reason-reference:r
  service-provider:r:serviceProvider@Organization special-arrangement:t:hospitalization.specialArrangement status:t
  subject:r type:t
Endpoint connection-type:t identifier:t name:s organization:r:managingOrganization@Organization payload-type:t
  status:t
EpisodeOfCare care-manager:r:careManager@Practitioner condition:r:diagnosis.condition@Condition date:d:period
  identifier:t incoming-referral:r:referralRequest@ServiceRequest organization:r:managingOrganization@Organization
  patient:r status:t type:t
ExplanationOfBenefit care-team:r:careTeam.provider claim:r:claim@Claim coverage:r:insurance.coverage@Coverage
  created:d detail-udi:r:item.detail.udi@Device disposition:s encounter:r:item.encounter@Encounter enterer:r
  facility:r:facility@Location identifier:t item-udi:r:item.udi@Device patient:r:patient@Patient payee:r:payee.party
  procedure-udi:r:procedure.udi@Device provider:r status:t subdetail-udi:r:item.detail.subDetail.udi@Device
FamilyMemberHistory code:t:condition.code date:d identifier:t patient:r relationship:t sex:t status:t
Flag author:r date:d:period encounter:r identifier:t patient:r:subject@Patient subject:r
Goal achievement-status:t category:t identifier:t lifecycle-status:t patient:r:subject@Patient start-date:d subject:r
  target-date:d:target.dueDate
Group actual:t characteristic:t:characteristic.code code:t exclude:t:characteristic.exclude identifier:t
  managing-entity:r member:r:member.entity type:t
  value:t:characteristic.valueCodeableConcept|characteristic.valueBoolean
HealthcareService active:t characteristic:t coverage-area:r:coverageArea@Location endpoint:r:endpoint@Endpoint
  identifier:t location:r:location@Location name:s organization:r:providedBy@Organization program:t
  service-category:t:category service-type:t:type specialty:t
ImagingStudy basedon:r:basedOn bodysite:t:series.bodySite dicom-class:t:series.instance.sopClass
  encounter:r:encounter@Encounter endpoint:r:endpoint@Endpoint|series.endpoint@Endpoint identifier:t
  instance:t:series.instance.uid interpreter:r modality:t:series.modality patient:r:subject@Patient
  performer:r:series.performer.actor reason:t:reasonCode referrer:r series:t:series.uid started:d status:t subject:r
Immunization date:d:occurrence* identifier:t location:r:location@Location lot-number:s
  manufacturer:r:manufacturer@Organization patient:r performer:r:performer.actor
  reaction:r:reaction.detail@Observation reaction-date:d:reaction.date reason-code:t reason-reference:r
  series:s:protocolApplied.series status:t status-reason:t target-disease:t:protocolApplied.targetDisease
  vaccine-code:t
ImmunizationRecommendation date:d identifier:t information:r:recommendation.supportingPatientInformation
  patient:r:patient@Patient status:t:recommendation.forecastStatus support:r:recommendation.supportingImmunization
  target-disease:t:recommendation.targetDisease vaccine-type:t:recommendation.vaccineCode
List code:t date:d empty-reason:t encounter:r identifier:t item:r:entry.item notes:s:note.text
  patient:r:subject@Patient source:r status:t subject:r title:s
Location address:s address-city:s:address.city address-country:s:address.country
  address-postalcode:s:address.postalCode address-state:s:address.state address-use:t:address.use
  endpoint:r:endpoint@Endpoint identifier:t name:s:name|alias operational-status:t
  organization:r:managingOrganization@Organization partof:r:partOf@Location status:t type:t
MeasureReport date:d evaluated-resource:r identifier:t measure:r:measure@Measure patient:r:subject@Patient period:d
  reporter:r status:t subject:r
Media based-on:r created:d:created* device:r encounter:r:encounter@Encounter identifier:t modality:t operator:r
  patient:r:subject@Patient site:t:bodySite status:t subject:r type:t view:t
Medication code:t expiration-date:d:batch.expirationDate form:t identifier:t ingredient:r:ingredient.itemReference
  ingredient-code:t:ingredient.itemCodeableConcept lot-number:t:batch.lotNumber
  manufacturer:r:manufacturer@Organization status:t
MedicationAdministration code:t:medicationCodeableConcept context:r device:r:device@Device effective-time:d:effective*
  identifier:t medication:r:medicationReference@Medication patient:r:subject@Patient performer:r:performer.actor
  reason-given:t:reasonCode reason-not-given:t:statusReason request:r:request@MedicationRequest status:t subject:r
MedicationDispense code:t:medicationCodeableConcept context:r destination:r:destination@Location identifier:t
  medication:r:medicationReference@Medication patient:r:subject@Patient performer:r:performer.actor
  prescription:r:authorizingPrescription@MedicationRequest receiver:r responsibleparty:r:substitution.responsibleParty
  status:t subject:r type:t whenhandedover:d:whenHandedOver whenprepared:d:whenPrepared
MedicationRequest authoredon:d:authoredOn category:t code:t:medicationCodeableConcept
  date:d:dosageInstruction.timing.event encounter:r:encounter@Encounter identifier:t
  intended-dispenser:r:dispenseRequest.performer@Organization intended-performer:r:performer
  intended-performertype:t:performerType intent:t medication:r:medicationReference@Medication
  patient:r:subject@Patient priority:t requester:r status:t subject:r
MedicationStatement category:t code:t:medicationCodeableConcept context:r effective:d:effective* identifier:t
  medication:r:medicationReference@Medication part-of:r patient:r:subject@Patient source:r:informationSource status:t
  subject:r
NutritionOrder additive:t:enteralFormula.additiveType datetime:d:dateTime encounter:r
  formula:t:enteralFormula.baseFormulaType identifier:t oraldiet:t:oralDiet.type patient:r provider:r:orderer status:t
  supplement:t:supplement.type
Observation based-on:r category:t code:t combo-code:t:code|component.code
  combo-data-absent-reason:t:dataAbsentReason|component.dataAbsentReason
  combo-value-concept:t:valueCodeableConcept|component.valueCodeableConcept
  combo-value-quantity:q:valueQuantity|valueSampledData|component.valueQuantity|component.valueSampledData
  component-code:t:component.code component-data-absent-reason:t:component.dataAbsentReason
  component-value-concept:t:component.valueCodeableConcept
  component-value-quantity:q:component.valueQuantity|component.valueSampledData data-absent-reason:t date:d:effective*
  derived-from:r device:r encounter:r focus:r has-member:r identifier:t method:t part-of:r patient:r:subject@Patient
  performer:r specimen:r:specimen@Specimen status:t subject:r value-concept:t:valueCodeableConcept
  value-date:d:valueDateTime|valuePeriod value-quantity:q:valueQuantity|valueSampledData
  value-string:s:valueString|valueCodeableConcept.text
Organization active:t address:s address-city:s:address.city address-country:s:address.country
  address-postalcode:s:address.postalCode address-state:s:address.state address-use:t:address.use
  endpoint:r:endpoint@Endpoint identifier:t name:s:name|alias partof:r:partOf@Organization type:t
Patient active:t address:s address-city:s:address.city address-country:s:address.country
  address-postalcode:s:address.postalCode address-state:s:address.state address-use:t:address.use
  birthdate:d:birthDate death-date:d:deceasedDateTime email:t:telecom[system=email]
  family:s:name.family gender:t general-practitioner:r given:s:name.given identifier:t
  language:t:communication.language link:r:link.other name:s organization:r:managingOrganization@Organization
  phone:t:telecom[system=phone] telecom:t
Person address:s address-city:s:address.city address-country:s:address.country address-postalcode:s:address.postalCode
  address-state:s:address.state address-use:t:address.use birthdate:d:birthDate email:t:telecom[system=email] gender:t
  identifier:t link:r:link.target name:s organization:r:managingOrganization@Organization
  patient:r:link.target@Patient phone:t:telecom[system=phone] practitioner:r:link.target@Practitioner
  relatedperson:r:link.target@RelatedPerson telecom:t
Practitioner active:t address:s address-city:s:address.city address-country:s:address.country
  address-postalcode:s:address.postalCode address-state:s:address.state address-use:t:address.use communication:t
  email:t:telecom[system=email] family:s:name.family gender:t given:s:name.given identifier:t name:s
  phone:t:telecom[system=phone] telecom:t
PractitionerRole active:t date:d:period email:t:telecom[system=email] endpoint:r:endpoint@Endpoint identifier:t
  location:r:location@Location organization:r:organization@Organization phone:t:telecom[system=phone]
  practitioner:r:practitioner@Practitioner role:t:code service:r:healthcareService@HealthcareService specialty:t
  telecom:t
Procedure based-on:r category:t code:t date:d:performed* encounter:r identifier:t location:r:location@Location
  part-of:r patient:r:subject@Patient performer:r:performer.actor reason-code:t reason-reference:r status:t subject:r
Provenance agent:r:agent.who agent-role:t:agent.role agent-type:t:agent.type entity:r:entity.what
  location:r:location@Location patient:r:target@Patient recorded:d signature-type:t:signature.type target:r
  when:d:occurredDateTime
Questionnaire code:t:item.code context:t:useContext.valueCodeableConcept
  context-quantity:q:useContext.valueQuantity|useContext.valueRange context-type:t:useContext.code date:d
  definition:u:item.definition description:s effective:d:effectivePeriod identifier:t jurisdiction:t name:s
  publisher:s status:t subject-type:t title:s url:u version:t
QuestionnaireResponse author:r authored:d based-on:r encounter:r:encounter@Encounter identifier:t part-of:r
  patient:r:subject@Patient questionnaire:r:questionnaire@Questionnaire source:r status:t subject:r
RelatedPerson active:t address:s address-city:s:address.city address-country:s:address.country
  address-postalcode:s:address.postalCode address-state:s:address.state address-use:t:address.use
  birthdate:d:birthDate email:t:telecom[system=email] gender:t identifier:t name:s patient:r:patient@Patient
  phone:t:telecom[system=phone] relationship:t telecom:t
RiskAssessment condition:r:condition@Condition date:d:occurrenceDateTime encounter:r identifier:t method:t
  patient:r:subject@Patient performer:r probability:n:prediction.probability* risk:t:prediction.qualitativeRisk
  subject:r
Schedule active:t actor:r date:d:planningHorizon identifier:t service-category:t service-type:t specialty:t
ServiceRequest authored:d:authoredOn based-on:r body-site:t category:t code:t encounter:r identifier:t intent:t
  occurrence:d:occurrence* patient:r:subject@Patient performer:r performer-type:t priority:t
  replaces:r:replaces@ServiceRequest requester:r requisition:t specimen:r:specimen@Specimen status:t subject:r
Slot appointment-type:t identifier:t schedule:r:schedule@Schedule service-category:t service-type:t specialty:t
  start:d status:t
Specimen accession:t:accessionIdentifier bodysite:t:collection.bodySite collected:d:collection.collected*
  collector:r:collection.collector container:t:container.type container-id:t:container.identifier identifier:t
  parent:r:parent@Specimen patient:r:subject@Patient status:t subject:r type:t
Subscription contact:t criteria:s payload:t:channel.payload status:t type:t:channel.type url:u:channel.endpoint
Substance category:t code:t:code|ingredient.substanceCodeableConcept container-identifier:t:instance.identifier
  expiry:d:instance.expiry identifier:t quantity:q:instance.quantity status:t
  substance-reference:r:ingredient.substanceReference@Substance
SupplyDelivery identifier:t patient:r receiver:r status:t supplier:r
SupplyRequest category:t date:d:authoredOn identifier:t requester:r status:t subject:r:deliverTo supplier:r
Task authored-on:d based-on:r business-status:t code:t encounter:r:encounter@Encounter focus:r group-identifier:t
  identifier:t intent:t modified:d:lastModified owner:r part-of:r:partOf@Task patient:r:for@Patient
  performer:t:performerType period:d:executionPeriod priority:t requester:r status:t subject:r:for
VisionPrescription datewritten:d:dateWritten encounter:r identifier:t patient:r prescriber:r status:t
"""
