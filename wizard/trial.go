package wizard

import (
	"context"
	"errors"
	"sync"
	"time"

	"postkey/oauth"
	"postkey/store"
	"postkey/wizard/check"
	"postkey/wizard/diagnose"
)

// Test sends and receives a message over every protocol of c and explains what
// failed. Events may be nil; it is never called concurrently.
func (w *Workbench) Test(ctx context.Context, c store.Connection, events func(check.Event)) (check.Result, []diagnose.Finding) {
	evidence := diagnose.Evidence{Connection: c, Tokens: make(map[check.Leg]diagnose.TokenFacts), Now: w.now()}
	if c.Account != nil {
		evidence.Granted = c.Account.Granted
	}
	var mu sync.Mutex // the token hop runs on another goroutine
	cloud, cloudErr := w.Catalog.CloudOf(c)
	evidence.Cloud = cloud

	res := check.Run(ctx, check.Config{
		Connection:   c,
		Cloud:        cloud,
		RootCAs:      w.Roots,
		ArriveWithin: w.ArriveWithin,
		Events:       w.logHops(c, events),
		Trace:        w.trace(),
		Web:          w.watchWeb(),
		Now:          w.now,
		Token: func(ctx context.Context, leg check.Leg) (oauth.Token, error) {
			if cloudErr != nil {
				return oauth.Token{}, cloudErr
			}
			token, reg, err := w.tokenFor(ctx, c, leg)
			mu.Lock()
			defer mu.Unlock()
			evidence.SecretLooksLikeID = LooksLikeSecretID(reg.ClientSecret)
			if err != nil {
				return token, err
			}
			w.learn(token.Access)
			facts := diagnose.TokenFacts{Granted: token.Scopes}
			if claims, ok := oauth.Inspect(token.Access); ok {
				facts.Claims = &claims
			}
			if leg == check.EWS || leg == check.Graph { // which have tokens of their own
				evidence.Tokens[leg] = facts
				return token, nil
			}
			evidence.Claims = facts.Claims
			if len(token.Scopes) > 0 {
				evidence.Granted = token.Scopes
			}
			return token, nil
		},
	})
	mu.Lock()
	defer mu.Unlock()
	findings := diagnose.ExplainResult(res, evidence)
	for _, f := range findings {
		w.log().Info("finding", "connection", c.Name, "id", f.ID, "correlation", f.CorrelationID)
	}
	w.log().Info("tested", "connection", c.Name, "ok", res.OK(), "took", res.Took)
	return res, findings
}

// Record keeps the outcome of a test with the saved connection. A test that was
// cancelled says nothing of the connection and is not recorded.
func (w *Workbench) Record(ctx context.Context, id string, res check.Result, findings []diagnose.Finding) error {
	if cancelled(res) {
		return nil
	}
	change := w.recordChange(id, res, findings)
	_, err := w.Store.Update(ctx, id, change.Do)
	return err
}

// recordChange puts the outcome of a test into the saved connection.
func (w *Workbench) recordChange(id string, res check.Result, findings []diagnose.Finding) store.Change {
	record := w.TestRecord(res, findings)
	return store.Change{ID: id, Do: func(c *store.Connection) error {
		if !record.OK && c.LastTest != nil {
			record.LastOK = c.LastTest.LastOK
		}
		c.LastTest = record
		switch {
		case record.OK:
			c.SignInEnded = time.Time{}
		case c.Mode != ModeAppOnly && signInEnded(res):
			c.SignInEnded = record.At
		}
		return nil
	}}
}

// TestRecord is the outcome of a test in the form that is kept.
func (w *Workbench) TestRecord(res check.Result, findings []diagnose.Finding) *store.TestRecord {
	record := &store.TestRecord{At: w.now(), OK: res.OK()}
	if record.OK {
		record.LastOK = record.At
	}
	for _, l := range res.Legs {
		leg := store.LegRecord{Leg: string(l.Leg), OK: l.OK()}
		for _, h := range l.Hops {
			leg.Hops = append(leg.Hops, store.HopRecord{
				Hop: string(h.Name), Status: string(h.Status), MS: h.Took.Milliseconds(), Detail: h.Detail, Server: h.Server,
			})
		}
		record.Legs = append(record.Legs, leg)
	}
	for _, f := range findings {
		record.Findings = append(record.Findings, f.ID)
	}
	return record
}

// cancelled reports whether the test was stopped rather than finished.
func cancelled(res check.Result) bool {
	if res.Fence != nil && res.Fence.Cancelled() {
		return true
	}
	for _, l := range res.Legs {
		for _, h := range l.Hops {
			if errors.Is(h.Err, context.Canceled) {
				return true
			}
		}
	}
	return false
}

// signInEnded reports whether Entra refused the refresh token itself, which only
// a new sign-in mends: invalid_grant (RFC 6749, section 5.2: it is invalid,
// expired or revoked).
//
// Not so where Entra answers invalid_grant for want of consent: the same token
// works once consent is given. Nor for interaction_required, which asks for the
// user this time (OpenID Connect Core 1.0, section 3.1.2.6); a policy of
// Conditional Access that changes, or another network, ends that too.
func signInEnded(res check.Result) bool {
	for _, l := range res.Legs {
		for _, h := range l.Hops {
			var refused *oauth.Error
			if errors.As(h.Err, &refused) && refused.Kind == "invalid_grant" && !lacksConsent(refused) {
				return true
			}
		}
	}
	return false
}
