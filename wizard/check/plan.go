package check

import (
	"cmp"
	"net"
	"net/url"
	"slices"

	"postkey/oauth"
	"postkey/store"
)

// The hops of a leg that receives, of SMTP, and of those that do both.
var (
	receiveHops = []HopName{Token, Connect, TLS, Auth, Open, Arrive, Cleanup}
	sendHops    = []HopName{Token, Connect, TLS, Auth, Send}
	webHops     = []HopName{Token, Connect, TLS, Auth, Open, Send, Arrive, Cleanup}
)

// Plan returns the legs that Run would take for c, every hop Waiting: what the
// screen shows before the start. The order is IMAP, POP, SMTP, EWS, Graph
// whatever the order of c.Protocols.
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
		{EWS, host(cloud.EWS), c.Mailbox.Address, webHops},
		{Graph, host(cloud.Graph), c.Mailbox.Address, webHops},
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

// host is the host:port of a base address.
func host(base string) string {
	u, err := url.Parse(base)
	if err != nil || u.Host == "" {
		return base
	}
	return net.JoinHostPort(u.Hostname(), cmp.Or(u.Port(), "443"))
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
