package check

import (
	"slices"

	"postkey/oauth"
	"postkey/store"
)

// The hops of a leg that receives and of the one that sends.
var (
	receiveHops = []HopName{Token, Connect, TLS, Auth, Open, Arrive, Cleanup}
	sendHops    = []HopName{Token, Connect, TLS, Auth, Send}
)

// Plan returns the legs that Run would take for c, every hop Waiting: what the
// screen shows before the start. The order is IMAP, POP, SMTP whatever the
// order of c.Protocols.
func Plan(c store.Connection, cloud oauth.Cloud) []LegResult {
	var legs []LegResult
	for _, l := range []struct {
		leg    Leg
		server string
		login  string
		hops   []HopName
	}{
		{IMAP, cloud.IMAP, c.Mailbox.Address, receiveHops},
		{POP, cloud.POP, c.Mailbox.Address, receiveHops},
		{SMTP, cloud.SMTP, sender(c.Mailbox), sendHops},
	} {
		if !slices.Contains(c.Protocols, string(l.leg)) {
			continue
		}
		leg := LegResult{Leg: l.leg, Server: l.server, Login: l.login}
		for _, name := range l.hops {
			leg.Hops = append(leg.Hops, Hop{Name: name, Status: Waiting})
		}
		legs = append(legs, leg)
	}
	return legs
}

// sender is who signs in to SMTP. Exchange Online refuses a shared mailbox's
// address there and wants the delegate's, with the shared address as sender;
// its documentation names the shared address, which Run tries as well.
func sender(m store.Mailbox) string {
	if m.Shared() {
		return m.Delegate
	}
	return m.Address
}
