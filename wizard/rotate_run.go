package wizard

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"postkey/oauth"
	"postkey/store"
	"postkey/wizard/check"
	"postkey/wizard/diagnose"
)

const (
	// secretWithin is how long a new secret may take until all of Microsoft's
	// servers know it.
	secretWithin = 2 * time.Minute
	// askAgain is how often Microsoft is asked in that time.
	askAgain = 5 * time.Second
)

// rotation is one run of Rotate.
type rotation struct {
	bench  *Workbench
	old    store.Connection // as its record is
	new    store.Connection // as its record is to be
	next   Credential
	tell   func(RotateEvent)
	tokens *oauth.TokenSource

	step   RotateStep
	begun  time.Time
	result *check.Result
	found  []diagnose.Finding
}

// run takes the steps. What was stored for a rotation that came to nothing is
// removed on the way out.
func (r *rotation) run(ctx context.Context) (store.Connection, error) {
	if err := r.prepare(ctx); err != nil {
		return r.old, err
	}
	own := r.new.CredentialKey()
	stored := false
	for _, s := range []struct {
		step RotateStep
		do   func(context.Context) error
	}{
		{RotateAccept, r.accept},
		{RotateStore, func(ctx context.Context) error { stored = true; return r.store(ctx) }},
		{RotateTest, r.test},
		{RotateRemove, r.remove},
	} {
		r.begin(s.step)
		if err := s.do(ctx); err != nil {
			err = r.failed(ctx, err)
			if stored {
				r.bench.settleQuietly(ctx, r.old.ID, own)
			}
			return r.old, err
		}
		r.event(RotateEvent{Status: check.OK, Took: time.Since(r.begun)})
	}
	r.bench.log().Info("rotated", "connection", r.new.Name, "id", r.new.ID)
	return r.new, nil
}

// prepare refuses what needs no question to Microsoft, and lays out the new record.
func (r *rotation) prepare(ctx context.Context) error {
	r.step, r.begun = RotateAccept, time.Now()
	if !hasCredential(r.old) {
		return r.failed(ctx, ErrNoCredential)
	}
	if r.next.Certificate == nil {
		if problem := CheckSecret(r.next.Secret); problem != nil && !problem.Warning {
			return r.failed(ctx, &ProblemError{*problem})
		}
	}
	reg, err := r.bench.registration(ctx, r.old)
	switch {
	case err != nil && !errors.Is(err, store.ErrNotFound): // a lost secret is no reason not to take a new one
		return r.failed(ctx, err)
	case err == nil && r.next.Certificate.Equal(reg.Certificate) && r.next.Secret.Equal(reg.ClientSecret):
		return r.failed(ctx, ErrSameCredential)
	}
	r.new = r.old
	r.new.CredentialSlot = store.NewSlot()
	r.new.SecretExpires, r.new.Certificate = r.next.Expires, nil
	if cert := r.next.Certificate; cert != nil {
		r.new.Certificate = &store.Certificate{Thumbprint: cert.Thumbprint(), Subject: cert.Subject(), NotAfter: cert.NotAfter()}
		r.new.SecretExpires = store.DateOf(cert.NotAfter().UTC())
	}
	return nil
}

// ProblemError is a value that need not be tried: its Problem says why.
type ProblemError struct{ Problem Problem }

// Error implements error.
func (e *ProblemError) Error() string { return e.Problem.Message.String() }

// accept asks Microsoft for a token with the new value. A refresh token that
// comes with it is stored in the place of the old one: it belongs to both values.
func (r *rotation) accept(ctx context.Context) error {
	w := r.bench
	reg, err := w.bareRegistration(r.new)
	if err != nil {
		return err
	}
	reg.ClientSecret, reg.Certificate = r.next.Secret, r.next.Certificate
	if reg.Certificate != nil {
		reg.ClientSecret = oauth.Secret{}
	}
	if r.tokens, err = w.source(ctx, r.new, reg); err != nil {
		return err
	}
	r.tokens.Forget() // of an earlier try
	within := cmp.Or(w.SecretWithin, secretWithin)
	until := w.now().Add(within)
	for tries := 1; ; tries++ {
		_, err := r.tokens.Token(ctx, w.firstScopes(reg.Cloud, r.new))
		if err == nil || !notYetKnown(err) || LooksLikeSecretID(r.next.Secret) {
			return err
		}
		pause := min(askAgain, within/8)
		next := w.now().Add(pause)
		if next.After(until) {
			return err
		}
		w.log().Info("the new secret is not known yet", "connection", r.new.Name, "tries", tries)
		r.event(RotateEvent{Status: check.Waiting, Err: err, Tries: tries, Next: next, Until: until})
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(pause):
		}
	}
}

// notYetKnown reports whether Entra may say so of a secret or certificate that
// was added a moment ago (Microsoft Entra authentication and authorization error
// codes: 7000215 invalid client secret, 700027 and 7000272 a certificate that is
// not found on the application).
func notYetKnown(err error) bool {
	refused, ok := errors.AsType[*oauth.Error](err)
	return ok && slices.Contains([]int{7000215, 700027, 7000272}, refused.Code())
}

// firstScopes are those of one token that c needs.
func (w *Workbench) firstScopes(cloud oauth.Cloud, c store.Connection) []string {
	if c.Mode == ModeAppOnly && len(c.Protocols) > 0 {
		return []string{w.Catalog.AppScope(cloud, c.Protocols[0])}
	}
	return w.Catalog.Scopes(cloud, c.Protocols)
}

// store puts the new value beside the old one and reads it back.
func (r *rotation) store(ctx context.Context) error {
	w, key := r.bench, r.new.CredentialKey()
	if err := w.claim(ctx, r.new.ID, store.ForRotation, key); err != nil {
		return err
	}
	value := r.next.Secret
	if r.next.Certificate != nil {
		value = r.next.Certificate.Secret()
	}
	if err := w.vault().Set(ctx, key, value); err != nil {
		return err
	}
	back, err := w.vault().Get(ctx, key)
	if err == nil && !back.Equal(value) {
		err = errors.New("the keyring did not give back what was stored in it")
	}
	return err
}

// test sends and receives a message with what was stored.
func (r *rotation) test(ctx context.Context) error {
	result, found := r.bench.Test(ctx, r.new, func(e check.Event) {
		r.event(RotateEvent{Status: check.Running, Check: &e})
	})
	r.new.LastTest = r.bench.TestRecord(result, found)
	if err := ctx.Err(); err != nil {
		return err
	}
	if !result.OK() {
		r.result, r.found = &result, found
		return ErrTestFailed
	}
	return nil
}

// remove makes the record name the new value, which is the moment of the change,
// and removes the old one from the keyring.
func (r *rotation) remove(ctx context.Context) error {
	w := r.bench
	old := []string{r.old.SecretKey(), r.old.CertificateKey()}
	if err := w.claim(ctx, r.old.ID, store.ForRemoval, old...); err != nil {
		return err
	}
	changed, err := w.Store.Update(ctx, r.old.ID, func(c *store.Connection) error {
		if c.CredentialSlot != r.old.CredentialSlot || !sameSignIn(*c, r.old) {
			return ErrChanged
		}
		c.CredentialSlot, c.Certificate = r.new.CredentialSlot, r.new.Certificate
		c.SecretExpires, c.LastTest, c.SignInEnded = r.new.SecretExpires, r.new.LastTest, time.Time{}
		return nil
	})
	if err != nil {
		// A full disk may tell an error after the file was replaced.
		now, there, readErr := w.saved(context.WithoutCancel(ctx), r.old.ID)
		if readErr != nil || !there || now.CredentialSlot != r.new.CredentialSlot {
			w.settleQuietly(ctx, r.old.ID, old...)
			return err
		}
		changed = now
	}
	r.new = changed
	w.settleQuietly(ctx, r.old.ID, append(old, r.new.CredentialKey())...)
	return nil
}

func (r *rotation) begin(step RotateStep) {
	r.step, r.begun = step, time.Now()
	r.event(RotateEvent{Status: check.Running})
}

// failed tells of a failure at the present step and explains it.
func (r *rotation) failed(ctx context.Context, err error) error {
	e := &RotateError{Step: r.step, Err: err, Result: r.result, Findings: r.found}
	status := check.Failed
	switch {
	case ctx.Err() != nil:
		status = check.Skipped
	case len(e.Findings) == 0:
		e.Findings = []diagnose.Finding{r.explain(err)}
	}
	r.event(RotateEvent{Status: status, Err: err, Took: time.Since(r.begun)})
	r.bench.log().Info("not rotated", "connection", r.old.Name, "step", r.step, "error", fmt.Sprint(err))
	return e
}

func (r *rotation) explain(err error) diagnose.Finding {
	cloud, cloudErr := r.bench.Catalog.CloudOf(r.old)
	if cloudErr != nil {
		r.bench.log().Warn("finding without a cloud", "connection", r.old.Name, "error", cloudErr)
	}
	ev := diagnose.Evidence{
		Connection: r.old, Cloud: cloud, Err: err, SecretLooksLikeID: LooksLikeSecretID(r.next.Secret),
	}
	if r.step == RotateAccept {
		ev.Hop = check.Token
	}
	if errors.As(err, new(*ProblemError)) && ev.SecretLooksLikeID {
		ev.Err = nil // nobody was asked: what is known is the value alone
	}
	return diagnose.Explain(ev)
}

func (r *rotation) event(e RotateEvent) {
	if r.tell != nil {
		e.Step = r.step
		r.tell(e)
	}
}
