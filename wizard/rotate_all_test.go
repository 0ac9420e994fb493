package wizard_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"slices"
	"testing"
	"time"

	"postkey/oauth"
	"postkey/wizard"
)

// Several at once, each by itself; one of them fails.
func TestRotateAll(t *testing.T) {
	b, first := connected(t)
	rows := []wizard.RotateRow{{ID: first.ID}}
	for range 5 {
		c, err := b.Save(t.Context(), b.signedIn(t))
		if err != nil {
			t.Fatal(err)
		}
		rows = append(rows, wizard.RotateRow{ID: c.ID})
	}
	for i := range rows {
		_, rows[i].Next = b.newSecret(0)
	}
	rows[2].Next.Secret = oauth.NewSecret("wrong-but-long-enough-to-be-tried-1234567")
	b.SecretWithin = 500 * time.Millisecond
	told := 0
	all := b.RotateAll(t.Context(), rows, nil, func(int, wizard.Rotated) { told++ })
	if told != len(rows) {
		t.Errorf("told of %d rows", told)
	}
	for i, r := range all {
		if (r.Err != nil) != (i == 2) {
			t.Errorf("row %d: %v", i, r.Err)
		}
		want := rows[i].Next.Secret
		if i == 2 {
			want = b.tenant.Values().ClientSecret
		}
		if !b.secretOf(t, rows[i].ID).Equal(want) {
			t.Errorf("row %d has another secret", i)
		}
	}
	b.unclaimed(t)
}

func sameJSON(t *testing.T, a, b any) bool {
	t.Helper()
	x, err := json.Marshal(a)
	if err != nil {
		t.Fatal(err)
	}
	y, err := json.Marshal(b)
	if err != nil {
		t.Fatal(err)
	}
	return bytes.Equal(x, y)
}

// Two rotations of one connection at once: it works with the value of one that
// succeeded, and the other, if it lost, says that somebody else was faster.
func TestRotateTwiceAtOnce(t *testing.T) {
	b, c := connected(t)
	var rows []wizard.RotateRow
	for range 3 {
		_, next := b.newSecret(0)
		rows = append(rows, wizard.RotateRow{ID: c.ID, Next: next})
	}
	possible, won := []oauth.Secret{}, 0
	for i, r := range b.RotateAll(t.Context(), rows, nil, nil) {
		switch {
		case r.Err == nil:
			won++
			possible = append(possible, rows[i].Next.Secret)
		case !errors.Is(r.Err, wizard.ErrChanged):
			t.Errorf("row %d: %v", i, r.Err)
		}
	}
	is := b.secretOf(t, c.ID)
	if won == 0 || !slices.ContainsFunc(possible, is.Equal) {
		t.Errorf("%d succeeded, and the secret in use is of none of them", won)
	}
	b.works(t, c.ID)
	b.unclaimed(t)
}

// The connections that a values file means.
func TestRotateTargets(t *testing.T) {
	b, c := connected(t)
	named, moved, unknown := b.NewDraft(), b.edit(t, c.ID), b.NewDraft()
	named.Name, named.SecretExpires = c.Name, "2031-01-01"
	moved.Name = "Called otherwise in the file"
	unknown.Name = "Nobody"
	targets, err := b.RotateTargets(t.Context(), []*wizard.Draft{named, moved, unknown})
	if err != nil || len(targets) != 3 {
		t.Fatalf("%+v, %v", targets, err)
	}
	if one := targets[0]; !one.Found || one.Connection.ID != c.ID || one.Expires.String() != "2031-01-01" {
		t.Errorf("by name: %+v", one)
	}
	if one := targets[1]; !one.Found || one.Connection.ID != c.ID || !one.Expires.IsZero() {
		t.Errorf("by its values: %+v", one)
	}
	if targets[2].Found {
		t.Errorf("unknown: %+v", targets[2])
	}
}
