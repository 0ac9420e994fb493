// Package mailserver gives tests real mail servers: Debian's Dovecot for IMAP
// and POP, and Debian's Postfix for SMTP, both with XOAUTH2 and nothing else.
// Whether a token is good they ask a sign-in service, at its introspection
// endpoint (RFC 7662). What is sent to a mailbox arrives in it.
//
// Begin with Start. The servers run with configuration, certificates, queues
// and mailboxes of their own in a temporary folder, and do not meet those of the
// machine. They need root, because they change to users of their own; the
// package exists for Linux and for tests alone.
package mailserver
