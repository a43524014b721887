"""What every record of the clinic has, whatever its kind."""

from typing import Literal

from mappings.records import values


class Record(values.Part):
    """The clinic's own data at one version; `updated_at` is the clinic's, our version number is given at storing."""

    kind: str
    id: values.Id
    test: values.Flag = False
    updated_at: values.Instant
    created_at: values.Instant | None = None
    recorded_by: values.Id | None = None
    entered_in_error: values.Coded | None = None


class Period(values.Part):
    """From one date to another, as precise as they are known."""

    start: values.PDate | None = None
    end: values.PDate | None = None


class HumanName(values.Part):
    """A person's name."""

    use: Literal["usual", "official", "temp", "nickname", "anonymous", "old", "maiden"] | None = None
    text: values.Text | None = None
    family: values.Text | None = None
    given: values.Many[values.Text] = ()
    prefix: values.Many[values.Text] = ()
    suffix: values.Many[values.Text] = ()
    period: Period | None = None


class Telecom(values.Part):
    """A telephone number, e-mail address or other way to reach someone."""

    system: Literal["phone", "fax", "email", "pager", "url", "sms", "other"]
    value: values.Text
    use: Literal["home", "work", "temp", "old", "mobile"] | None = None
    rank: values.Count | None = None
    period: Period | None = None


class Address(values.Part):
    """A postal address."""

    use: Literal["home", "work", "temp", "old", "billing"] | None = None
    type: Literal["postal", "physical", "both"] | None = None
    text: values.Text | None = None
    line: values.Many[values.Text] = ()
    city: values.Text | None = None
    district: values.Text | None = None
    state: values.Text | None = None
    postal_code: values.Text | None = None
    country: values.Text | None = None
    period: Period | None = None
