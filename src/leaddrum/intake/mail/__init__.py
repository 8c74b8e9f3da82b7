"""Mail in: a mailbox read by IMAP, or our own SMTP listener. One message, one place where it becomes a lead."""
