package diagnose

import (
	"slices"
	"strings"
	"testing"
)

var textCases = slices.Concat(signInCases, entraCases, mailCases, networkCases, fieldCases, logCases)

func ids(findings []Finding) []string {
	var out []string
	for _, f := range findings {
		out = append(out, f.ID)
	}
	return out
}

func TestExplainText(t *testing.T) {
	for _, c := range textCases {
		if got := ids(ExplainText(c.text)); !slices.Equal(got, []string{c.id}) {
			t.Errorf("%q\n got %v\nwant %s", c.text, got, c.id)
		}
	}
}

// nothing are texts that look like something and mean nothing.
func TestExplainTextFindsNothing(t *testing.T) {
	for line := range strings.Lines(nothing) {
		line = strings.TrimSpace(line)
		if line == "" {
			continue
		}
		if got := ids(ExplainText(line)); !slices.Equal(got, []string{Unknown}) {
			t.Errorf("%q: got %v, want nothing", line, got)
		}
	}
	if n := len(strings.Split(strings.TrimSpace(nothing), "\n")); n < 50 {
		t.Errorf("only %d texts", n)
	}
	if got := ids(ExplainText(nothing)); !slices.Equal(got, []string{Unknown}) {
		t.Errorf("all together: got %v", got)
	}
}

const nothing = `
Order number 50011 has been shipped.
Your order 7000215 is on its way; expect it on Tuesday.
Invoice 53003, amount 90,002.00 EUR
Ticket #65001 was closed by the customer
Call us at +39 050 126 50053 or +1 (650) 056-7000
Phone 0650 053 123, fax 0650 053 124
AADSTS is the prefix of Microsoft's error codes.
AADSTS7000215999 is no code.
The BAADSTS50011 module was renamed.
Error 50011 in module 7
Error code: 50001 printer jam in tray 2
Error Code: 1175. You are using safe update mode in MySQL
SQLSTATE[42000]: Syntax error 1064 near 'select'
ORA-50011: internal error
exit status 1
HTTP 404 Not Found
HTTP/1.1 200 OK
550 5.1.1 <nobody@fabrikam.example>: Recipient address rejected: User unknown in virtual mailbox table
550 5.7.26 This mail has been blocked because the sender is unauthenticated. Gmail requires all senders to authenticate
550-5.7.1 Our system has detected that this message is likely unsolicited mail
554 5.7.1 Service unavailable; Client host [203.0.113.9] blocked using zen.spamhaus.org
552 5.2.2 Over quota
535 5.7.8 Username and Password not accepted. For more information, go to Google
535 Incorrect authentication data
553 sorry, that domain isn't in my list of allowed rcpthosts
501 5.5.4 Invalid domain name
502 5.5.2 Error: command not recognized
503 Bad sequence of commands
250 2.0.0 OK 1700000000 queued
235 2.7.0 Authentication successful
+OK User successfully authenticated.
* OK The Microsoft Exchange IMAP4 service is ready.
A1 OK LOGIN completed.
A5 OK FETCH completed.
The meeting on Conditional Access was moved to room 53003.
We talked about the client secret and the redirect URI for an hour.
Please send the password by post.
Access was denied to the car park because the barrier did not open.
The proxy vote was counted.
Her consent is needed before the operation.
The session was long and the coffee expired.
The keyring with the office keys hangs behind the door.
Version 5.7.3 of the database was released.
Chapter 5.7.139 describes the pump.
IP address 15.7.3.1 and 5.7.60.1 belong to the lab
Part no. 4.3.2-432, drawing 421-4.4.2
2026-11-22 10:00:00 INFO 50126 bytes sent in 700 ms
pid=50105 uid=1000 gid=53000 started
Latitude 50.0110, longitude 7.0002
The throttle valve is stuck; the request is with the workshop.
ERROR 1045 (28000): Access denied for user 'root'@'localhost' (using password: YES)
authentication failure; logname= uid=0 euid=0 tty=ssh ruser= rhost=203.0.113.9
Login failed for user 'sa'. (Microsoft SQL Server, Error: 18456)
Il server è stato riavviato alle 16000.
Rechnung Nr. 65004 vom 20.11.2026
The AUTHENTICATE command was sent.
`
