"""A real Asterisk on loopback for the tests of calls, with SIP phones of SIPp: the system's, or Debian's unpacked."""
