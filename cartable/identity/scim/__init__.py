"""SCIM 2.0 (RFC 7643, 7644): an HR directory writes people here. The library speaks; the rules are those of any feed."""
