package wizard

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"postkey/oauth"
	"postkey/store"
	"postkey/wizard/check"
	"postkey/wizard/diagnose"
	"postkey/wizard/scripts"
)

// FenceEvery is how often the mailboxes are tried while a change at Microsoft is
// waited for, which takes up to two hours.
const FenceEvery = 5 * time.Minute

// NoteFence notes since when the mailboxes are not as wanted: now, where it is
// the first time that this was found. Nil, and what was cancelled, says nothing.
func (d *Draft) NoteFence(res *check.FenceResult, now time.Time) {
	switch {
	case res == nil:
	case res.OK():
		d.FenceSince = time.Time{}
	case d.FenceSince.IsZero() && !res.Cancelled():
		d.FenceSince = now
	}
}

// Fenced reports whether c says which mailboxes its application must reach
// beside its own, or must not.
func Fenced(c store.Connection) bool {
	return c.Mode == ModeAppOnly && len(c.Reach)+len(c.Refuse) > 0
}

// Fence opens every mailbox that the application of c must reach, its own the
// first, and tries every one that it must not, over all its protocols. It
// explains what was not found as wanted, the holes first. Events may be nil; it
// is never called concurrently. Nothing is sent, and nothing in a mailbox is
// changed.
func (w *Workbench) Fence(ctx context.Context, c store.Connection, events func(check.FenceRow)) (check.FenceResult, []diagnose.Finding) {
	cloud, cloudErr := w.Catalog.CloudOf(c)
	about := func(row check.FenceRow) []any {
		return []any{"connection", c.Name, "mailbox", row.Address, "leg", row.Leg}
	}
	res := check.Fence(ctx, check.FenceConfig{
		Connection: c, Cloud: cloud, RootCAs: w.Roots, Events: events, Now: w.now,
		Reach: append([]string{c.Mailbox.Address}, c.Reach...), Refuse: c.Refuse,
		Token: func(ctx context.Context, leg check.Leg) (oauth.Token, error) {
			if cloudErr != nil {
				return oauth.Token{}, cloudErr
			}
			token, _, err := w.tokenFor(ctx, c, leg)
			w.learn(token.Access)
			return token, err
		},
		Trace: func(row check.FenceRow) func(protocol, server string) func(sent bool, p []byte) {
			return w.trace(about(row)...)
		},
		Web: func(row check.FenceRow) func(http.RoundTripper) http.RoundTripper { return w.watchWeb(about(row)...) },
	})
	w.log().Info("fence tested", "connection", c.Name, "ok", res.OK(), "open", len(res.Open()),
		"shut", len(res.Shut()), "failed", len(res.Failed()), "took", res.Took)
	return res, w.explainFence(c, res)
}

// explainFence explains the rows that are not as wanted, each cause once.
func (w *Workbench) explainFence(c store.Connection, res check.FenceResult) []diagnose.Finding {
	var findings []diagnose.Finding
	add := func(f diagnose.Finding) {
		if !slices.ContainsFunc(findings, func(have diagnose.Finding) bool { return have.ID == f.ID }) {
			findings = append(findings, f)
		}
	}
	if open := res.Open(); len(open) > 0 {
		add(w.explainOpen(c, open))
	}
	for _, row := range slices.Concat(res.Shut(), res.Failed()) {
		if errors.Is(row.Err, context.Canceled) {
			continue
		}
		add(w.Explain(at(c, row.Address), row.Leg, fenceHop(row), fenceErr(row)))
	}
	return findings
}

// explainOpen is the finding for the holes, with the commands that close them.
func (w *Workbench) explainOpen(c store.Connection, open []check.FenceRow) diagnose.Finding {
	var addresses, commands []string
	for _, row := range open {
		if !slices.Contains(addresses, row.Address) {
			addresses = append(addresses, row.Address)
		}
		for _, command := range CloseCommands(c, row) {
			if !slices.Contains(commands, command) {
				commands = append(commands, command)
			}
		}
	}
	f := w.Explain(at(c, open[0].Address), open[0].Leg, check.Open,
		fmt.Errorf("%s: %w", strings.Join(addresses, ", "), errOpen))
	const most = 12 // a list of 500 mailboxes is closed with the first commands as an example
	f.Commands = append(commands[:min(len(commands), most):min(len(commands), most)], f.Commands...)
	return f
}

// errOpen is what diagnose knows as access-policy-open.
var errOpen = errors.New("a mailbox that should be out of reach was reachable")

// at is c with another mailbox, for sentences and commands about that one.
func at(c store.Connection, address string) store.Connection {
	c.Mailbox.Address = address
	return c
}

// fenceHop is where a row of the leg was turned away: with the sign-in, or with
// the mailbox that it wants to open.
func fenceHop(row check.FenceRow) check.HopName {
	if row.Leg == check.SMTP || row.Leg == check.IMAP || row.Leg == check.POP {
		return check.Auth
	}
	return check.Open
}

func fenceErr(row check.FenceRow) error {
	if row.Err != nil {
		return row.Err
	}
	return errors.New(row.Server)
}

// CloseCommands are the commands of Exchange Online PowerShell that keep the
// application of c out of the mailbox of a row: of IMAP and POP by taking its
// permission on the mailbox, of SMTP its right to send as the mailbox, and where
// RBAC decides, by showing which scope lets it in. Of EWS and Graph diagnose has
// its own. A value that cannot stand in a command leaves a gap that PowerShell
// refuses to run.
func CloseCommands(c store.Connection, row check.FenceRow) []string {
	mailbox, who := powerShell(row.Address, "<mailbox>"), powerShell(c.ServicePrincipalID, "<enterprise-application-object-id>")
	switch {
	case row.Leg == check.SMTP && c.SMTPRBAC:
		return []string{"Test-ServicePrincipalAuthorization -Identity " + who + " -Resource " + mailbox}
	case row.Leg == check.SMTP:
		return []string{"Remove-RecipientPermission -Identity " + mailbox + " -Trustee " + who + " -AccessRights SendAs -Confirm:$false"}
	case row.Leg == check.IMAP || row.Leg == check.POP:
		return []string{"Remove-MailboxPermission -Identity " + mailbox + " -User " + who + " -AccessRights FullAccess -Confirm:$false"}
	}
	return nil
}

func powerShell(value, missing string) string {
	quoted, err := scripts.PowerShell(value)
	if value == "" || err != nil {
		return missing
	}
	return quoted
}

// TestWhole is Test followed by Fence where the connection has one; it is part
// of the result, and its findings come after those of the legs. Without any
// token the fence is not tried.
func (w *Workbench) TestWhole(ctx context.Context, c store.Connection, events func(check.Event)) (check.Result, []diagnose.Finding) {
	res, findings, _ := w.TestWatched(ctx, c, events, nil)
	return res, findings
}

// TestWatched is TestWhole for a screen: rows, which may be nil, hears of every
// change of the fence, never concurrently. The findings of the legs alone are
// returned once more.
func (w *Workbench) TestWatched(ctx context.Context, c store.Connection, events func(check.Event), rows func(check.FenceRow)) (res check.Result, all, ofLegs []diagnose.Finding) {
	res, ofLegs = w.Test(ctx, c, events)
	all = slices.Clone(ofLegs)
	if !Fenced(c) || ctx.Err() != nil || !anyToken(res) {
		return res, all, ofLegs
	}
	fence, more := w.Fence(ctx, c, rows)
	res.Fence, res.Took = &fence, res.Took+fence.Took
	for _, f := range more {
		if !slices.ContainsFunc(all, func(have diagnose.Finding) bool { return have.ID == f.ID }) {
			all = append(all, f)
		}
	}
	return res, all, ofLegs
}

// anyToken reports whether a leg of a test got its token.
func anyToken(res check.Result) bool {
	return slices.ContainsFunc(res.Legs, func(l check.LegResult) bool {
		return slices.ContainsFunc(l.Hops, func(h check.Hop) bool { return h.Name == check.Token && h.Status == check.OK })
	})
}
