package wizard_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"postkey/oauth"
	"postkey/store"
	"postkey/wizard"
)

// everywhere runs an operation with each kind of fault at each of its steps in
// turn, and judges what is left: at once where the process lives, and after the
// next start.
func everywhere(t *testing.T, from snapshot, op func(*rig) error, judge func(r *rig, what string, crashed bool, err error)) {
	t.Helper()
	everywhereOf(t, faultKinds, from, op, judge)
}

// everywhereOf is everywhere for some kinds of fault.
func everywhereOf(t *testing.T, kinds map[string]fault, from snapshot, op func(*rig) error, judge func(r *rig, what string, crashed bool, err error)) {
	t.Helper()
	clean := newRig(t, from)
	if err := op(clean); err != nil {
		t.Fatalf("without a fault: %v", err)
	}
	steps, runs := slices.Clone(clean.faults.what), 0
	clean.restart()
	judge(clean, "without a fault", false, nil)
	for name, kind := range kinds {
		for at := 1; ; at++ {
			if at <= len(steps) && !differs(kind, steps[at-1]) {
				continue
			}
			r := newRig(t, from)
			r.faults.kind, r.faults.at = kind, at
			err := op(r)
			if r.faults.steps < at {
				r.Close()
				break
			}
			runs++
			what := fmt.Sprintf("%s at step %d", name, at)
			crashed := kind == crashes
			if kind == fails {
				r.atOnce(what)
			}
			r.restart()
			judge(r, what, crashed, err)
			r.Close()
			if t.Failed() {
				t.Fatalf("stopped after %d runs", runs)
			}
		}
	}
	t.Logf("%d faults at the %d steps that touch the keyring or the disk", runs, len(steps))
}

// differs leaves out the kinds of fault that are another one at such a step: a
// read that fails late has failed, and what is not written cannot be cut short.
func differs(kind fault, at step) bool {
	switch kind {
	case failsLate:
		return at != looks
	case cutsShort:
		return at == puts
	}
	return true
}

// atOnce fails unless the connection, where there is one, works in the process
// that has met the fault.
func (r *rig) atOnce(what string) {
	r.t.Helper()
	r.faults.mu.Lock()
	r.faults.at = 0
	r.faults.mu.Unlock()
	if c, there := r.only(what); there {
		r.proven(what+", in the same process", c)
	}
}

// saved is a tenant with a connection, and its snapshot.
func savedConnection(t *testing.T) (snapshot, store.Connection) {
	t.Helper()
	r := newRig(t, nothing(t))
	defer r.Close()
	c, err := r.setUp()
	if err != nil {
		t.Fatal(err)
	}
	return r.snapshot(), c
}

// setUp goes the way of a new connection: a draft, its secret, a sign-in, Save.
func (r *rig) setUp() (store.Connection, error) {
	v := r.tenant.Values()
	d := r.NewDraft()
	d.Name, d.TenantID, d.ClientID, d.RedirectHost = "Support", v.TenantID, v.ClientID, v.RedirectHost
	d.SecretExpires, d.Protocols = v.SecretExpires, []string{wizard.ProtocolIMAP}
	ctx := r.t.Context()
	if err := r.PutSecret(ctx, d.ID, v.ClientSecret); err != nil {
		return store.Connection{}, err
	}
	if err := r.SaveDraft(ctx, d); err != nil {
		return store.Connection{}, err
	}
	if err := r.signIn(d); err != nil {
		return store.Connection{}, err
	}
	return r.Save(ctx, d)
}

func (r *rig) signIn(d *wizard.Draft) error {
	session, err := r.SignIn(r.t.Context(), d, false)
	if err != nil {
		return err
	}
	defer session.Close()
	in, err := session.Wait(r.t.Context())
	if err != nil {
		return err
	}
	return r.SignedIn(r.t.Context(), d, in)
}

// only returns the one connection, or none.
func (r *rig) only(what string) (store.Connection, bool) {
	r.t.Helper()
	all, err := r.Store.Connections(r.t.Context())
	if err != nil || len(all) > 1 {
		r.t.Fatalf("%s: %d connections, %v", what, len(all), err)
	}
	if len(all) == 0 {
		return store.Connection{}, false
	}
	return all[0], true
}

// Rotation: the connection works with exactly one of the two secrets, the one
// that its record tells of, and the other is gone.
func TestFaultsInRotation(t *testing.T) {
	t.Parallel()
	from, before := savedConnection(t)
	added := from.tenant.AddSecret(time.Now().AddDate(1, 0, 0), 0)
	next := wizard.Credential{Secret: added.Value, Expires: store.DateOf(added.Ends)}
	old := from.tenant.Values().ClientSecret
	everywhere(t, from, func(r *rig) error {
		_, err := r.Rotate(r.t.Context(), before.ID, next, nil)
		return err
	}, func(r *rig, what string, crashed bool, err error) {
		c, _ := r.only(what)
		secret := r.proven(what, c)
		isNew := secret.Equal(next.Secret)
		switch {
		case !isNew && !secret.Equal(old):
			t.Errorf("%s: a third secret", what)
		case isNew != (c.SecretExpires == next.Expires), isNew == (c.CredentialSlot == before.CredentialSlot):
			t.Errorf("%s: the record tells of the other secret", what)
		case !crashed && isNew != (err == nil):
			t.Errorf("%s: told %v, and the new secret is in use: %t", what, err, isNew)
		}
		r.tidy(what, c.SecretKey(), c.RefreshKey())
	})
}

// Rotation from the secret to a certificate: one of the two, never both.
func TestFaultsInRotationToCertificate(t *testing.T) {
	t.Parallel()
	from, before := savedConnection(t)
	cert := certificate(t)
	if err := from.tenant.AddCertificate(cert.DER()); err != nil {
		t.Fatal(err)
	}
	everywhereOf(t, map[string]fault{"crash": crashes, "cut short": cutsShort}, from, func(r *rig) error {
		_, err := r.Rotate(r.t.Context(), before.ID, wizard.Credential{Certificate: cert}, nil)
		return err
	}, func(r *rig, what string, _ bool, _ error) {
		c, _ := r.only(what)
		if (c.Certificate != nil) != (c.SecretExpires == store.DateOf(cert.NotAfter().UTC())) {
			t.Errorf("%s: the record tells of the other", what)
		}
		if res, findings := r.Test(r.t.Context(), onlyIMAP(c), nil); !res.OK() {
			t.Errorf("%s: does not work: %v", what, findings)
		}
		r.tidy(what, c.CredentialKey(), c.RefreshKey())
	})
}

// A refresh: one whole refresh token is stored, and it works.
func TestFaultsInRefresh(t *testing.T) {
	t.Parallel()
	from, before := savedConnection(t)
	everywhere(t, from, func(r *rig) error {
		res, _ := r.Test(r.t.Context(), onlyIMAP(before), nil)
		if hop, failed := res.Legs[0].Failed(); failed {
			return hop.Err
		}
		return nil
	}, func(r *rig, what string, _ bool, _ error) {
		c, _ := r.only(what)
		if secret := r.proven(what, c); !secret.Equal(from.tenant.Values().ClientSecret) {
			t.Errorf("%s: another secret", what)
		}
		r.tidy(what, c.SecretKey(), c.RefreshKey())
	})
}

// A new connection: it is there and works, or a draft is there, or nothing; and
// a draft that is dropped leaves nothing.
func TestFaultsInSetUp(t *testing.T) {
	t.Parallel()
	everywhere(t, nothing(t), func(r *rig) error {
		_, err := r.setUp()
		return err
	}, func(r *rig, what string, crashed bool, err error) {
		drafts, draftErr := r.Drafts(r.t.Context())
		if draftErr != nil || len(drafts) > 1 {
			t.Errorf("%s: %d drafts, %v", what, len(drafts), draftErr)
		}
		c, there := r.only(what)
		switch {
		case there && len(drafts) > 0:
			t.Errorf("%s: both a draft and a connection", what)
		case there:
			r.proven(what, c)
			r.tidy(what, c.SecretKey(), c.RefreshKey())
			return
		case err == nil && !crashed:
			t.Errorf("%s: told that it is saved, and it is not there", what)
		}
		for _, d := range drafts {
			if err := r.DropDraft(r.t.Context(), d.ID); err != nil {
				t.Errorf("%s: drop: %v", what, err)
			}
		}
		r.restart()
		r.tidy(what)
	})
}

// Sign in again: the sign-in of before or the new one.
func TestFaultsInSignInAgain(t *testing.T) {
	t.Parallel()
	from, before := savedConnection(t)
	everywhere(t, from, func(r *rig) error {
		d, err := r.Edit(r.t.Context(), before.ID)
		if err != nil {
			return err
		}
		return r.signIn(d)
	}, func(r *rig, what string, _ bool, _ error) {
		c, _ := r.only(what)
		r.proven(what, c)
		r.tidy(what, c.SecretKey(), c.RefreshKey())
	})
}

// An edit that makes it another registration: all of the old values with the old
// secret and sign-in, or all of the new.
func TestFaultsInEdit(t *testing.T) {
	t.Parallel()
	from, before := savedConnection(t)
	added := from.tenant.AddSecret(time.Now().AddDate(1, 0, 0), 0)
	ends := store.DateOf(added.Ends)
	multi := from.tenant.Values().MultiTenantClientID
	everywhere(t, from, func(r *rig) error {
		ctx := r.t.Context()
		d, err := r.Edit(ctx, before.ID)
		if err != nil {
			return err
		}
		d.ClientID, d.Audience, d.SecretExpires = multi, oauth.AudienceMulti, ends.String()
		if err := r.SaveDraft(ctx, d); err != nil {
			return err
		}
		if err := r.PutSecret(ctx, d.ID, added.Value); err != nil {
			return err
		}
		if err := r.signIn(d); err != nil {
			return err
		}
		_, err = r.Save(ctx, d)
		return err
	}, func(r *rig, what string, crashed bool, err error) {
		c, _ := r.only(what)
		secret := r.proven(what, c)
		isNew := secret.Equal(added.Value)
		fits := []bool{c.ClientID == multi, c.Audience == oauth.AudienceMulti, c.SecretExpires == ends, c.CredentialSlot != before.CredentialSlot, c.SignInSlot != before.SignInSlot}
		if slices.Contains(fits, !isNew) {
			t.Errorf("%s: new secret %t, new values %v", what, isNew, fits)
		}
		if !crashed && err == nil && !isNew {
			t.Errorf("%s: told that it is saved, and it is not", what)
		}
		// What the draft has stored goes with it.
		if err := r.DropDraft(r.t.Context(), c.ID); err != nil {
			t.Errorf("%s: drop: %v", what, err)
		}
		r.restart()
		r.proven(what+", draft dropped", c)
		r.tidy(what, c.SecretKey(), c.RefreshKey())
	})
}

// Removal of a connection and of the draft that edits it: the connection is
// there and works, or nothing of it is.
func TestFaultsInRemoval(t *testing.T) {
	t.Parallel()
	from, before := savedConnection(t)
	everywhere(t, from, func(r *rig) error {
		ctx := r.t.Context()
		d, err := r.Edit(ctx, before.ID)
		if err != nil {
			return err
		}
		if err := r.PutSecret(ctx, d.ID, oauth.NewSecret("of-a-draft-1234567890-1234567890-12345")); err != nil {
			return err
		}
		if err := r.SaveDraft(ctx, d); err != nil {
			return err
		}
		return r.Remove(ctx, before.ID)
	}, func(r *rig, what string, crashed bool, err error) {
		c, there := r.only(what)
		if there {
			r.proven(what, c)
			if err == nil && !crashed {
				t.Errorf("%s: told that it is removed, and it is there", what)
			}
			if err := r.DropDraft(r.t.Context(), c.ID); err != nil {
				t.Errorf("%s: drop: %v", what, err)
			}
			r.restart()
			r.tidy(what, c.SecretKey(), c.RefreshKey())
			return
		}
		if drafts, draftErr := r.Drafts(r.t.Context()); draftErr != nil || len(drafts) != 0 {
			t.Errorf("%s: %d drafts, %v", what, len(drafts), draftErr)
		}
		r.tidy(what)
	})
}

// Dropping the draft of a new connection: it is there with what it has stored,
// or nothing is.
func TestFaultsInDrop(t *testing.T) {
	t.Parallel()
	value := oauth.NewSecret("of-a-draft-1234567890-1234567890-12345")
	everywhere(t, nothing(t), func(r *rig) error {
		ctx := r.t.Context()
		d := r.NewDraft()
		if err := r.PutSecret(ctx, d.ID, value); err != nil {
			return err
		}
		if err := r.SaveDraft(ctx, d); err != nil {
			return err
		}
		return r.DropDraft(ctx, d.ID)
	}, func(r *rig, what string, crashed bool, err error) {
		drafts, draftErr := r.Drafts(r.t.Context())
		if draftErr != nil || len(drafts) > 1 || err == nil && !crashed && len(drafts) > 0 {
			t.Fatalf("%s: %d drafts, %v", what, len(drafts), draftErr)
		}
		for _, d := range drafts {
			if got, err := r.Secret(r.t.Context(), d.ID); !d.HasSecret || err != nil || !got.Equal(value) {
				t.Errorf("%s: the draft is there without its secret: %v", what, err)
			}
			if err := r.DropDraft(r.t.Context(), d.ID); err != nil {
				t.Errorf("%s: drop: %v", what, err)
			}
		}
		r.restart()
		r.tidy(what)
	})
}
