"""Fields that tell who somebody is are known by their names, the same for every source."""

import pytest

from touchpath.sources.personal_fields import is_personal, tells_somebody

PERSONAL = [
    "name", "firstName", "first_name", "Last Name", "$email", "email", "E-mail", "Your e-mail address", "recipientEmail", "Phone number", "phoneNumber", "mobile", "cell no",
    "Home address", "address", "shipping_address", "ip", "IPAddress", "ip_address", "Date of birth", "birthday", "username", "avatar", "$avatar",
    "billing_phone", "Location Latitude", "client_secret", "IBAN", "customer_name", "Telephone",
]  # fmt: skip
NOT_PERSONAL = [
    "plan", "plan_name", "product name", "company", "page.address", "score", "zip_code", "description", "shipping", "region", "emails_sent",
    "How was our phone support?", "Satisfaction with e-mail", "What is the name of the product that you used?", "mobility", "tokens", "",
]  # fmt: skip


@pytest.mark.parametrize("name", PERSONAL)
def test_a_personal_field_is_told_by_its_name(name):
    assert is_personal(name)
    assert tells_somebody(name)


@pytest.mark.parametrize("name", NOT_PERSONAL)
def test_other_fields_stay(name):
    assert not is_personal(name)


@pytest.mark.parametrize(
    "name", ["contact.phone.home", "email_verified_at", "address_line_1", "ip address of login", "birthplace"]
)
def test_records_are_looked_at_more_closely_than_headings(name):
    assert tells_somebody(name)
    assert not is_personal(name)


@pytest.mark.parametrize("name", ["plan_name", "zip_code", "tip", "script", "emotion", "celebration"])
def test_a_word_within_a_word_tells_nobody(name):
    assert not tells_somebody(name)
