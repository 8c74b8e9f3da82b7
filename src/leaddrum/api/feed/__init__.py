"""The feeds: OData v4 at /odata/v1/, and the connector of Bitrix24's BI Builder (S-50)."""
