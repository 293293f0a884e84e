"""The authority that the scripted peers of these tests have their certificates from."""

from tests.measure.conftest import pki as _pki

pki = _pki
