"""Bitrix24: leads, deals and smart processes of a portal, turned over where they are."""
