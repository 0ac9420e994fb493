package wizard

import (
	"context"
	"strings"
	"sync"

	"postkey/store"
)

// rotateAtOnce bounds how many connections RotateAll works on side by side.
const rotateAtOnce = 4

// RotateRow is one of several rotations.
type RotateRow struct {
	ID   string // of the connection
	Next Credential
}

// Rotated is the outcome of one of them.
type Rotated struct {
	// Connection is as it is now; zero when it could not be read.
	Connection store.Connection
	Err        error // see Rotate
}

// RotateAll rotates several connections, a few at a time, each by itself: what
// fails in one row changes nothing in another. It returns the outcomes in the
// order of rows. Events hears how far each row is, tell that one has ended; both
// may be nil. Events of one row come in order, those of different rows
// concurrently; tell is never called concurrently.
func (w *Workbench) RotateAll(ctx context.Context, rows []RotateRow, events func(i int, e RotateEvent), tell func(i int, r Rotated)) []Rotated {
	all := make([]Rotated, len(rows))
	places := make(chan struct{}, rotateAtOnce)
	var (
		running sync.WaitGroup
		telling sync.Mutex
	)
	for i, row := range rows {
		places <- struct{}{}
		running.Go(func() {
			defer func() { <-places }()
			var watch func(RotateEvent)
			if events != nil {
				watch = func(e RotateEvent) { events(i, e) }
			}
			var r Rotated
			r.Connection, r.Err = w.Rotate(ctx, row.ID, row.Next, watch)
			all[i] = r
			if tell != nil {
				telling.Lock()
				defer telling.Unlock()
				tell(i, r)
			}
		})
	}
	running.Wait()
	return all
}

// RotateTarget is a saved connection that a values file asks to rotate.
type RotateTarget struct {
	Name       string // as the file has it
	Connection store.Connection
	// Found is false when no connection is meant by it.
	Found bool
	// Expires is the last day of the new secret, where the file has another one
	// than the connection.
	Expires store.Date
}

// RotateTargets finds the saved connections that the drafts of a values file
// mean, in the order of the file: by name, or else by tenant, client ID and
// mailbox.
func (w *Workbench) RotateTargets(ctx context.Context, drafts []*Draft) ([]RotateTarget, error) {
	stored, err := w.Store.Connections(ctx)
	if err != nil {
		return nil, err
	}
	targets := make([]RotateTarget, 0, len(drafts))
	for _, d := range drafts {
		t := RotateTarget{Name: CleanField(FieldName, d.Name)}
		asked := d.registrationPart()
		for _, means := range []func(c store.Connection) bool{
			func(c store.Connection) bool { return c.Name == t.Name },
			func(c store.Connection) bool {
				return sameSignIn(c, asked) && strings.EqualFold(c.Mailbox.Address, asked.Mailbox.Address)
			},
		} {
			for _, c := range stored {
				if !t.Found && means(c) {
					t.Connection, t.Found = c, true
				}
			}
		}
		if day, err := store.ParseDate(CleanField(FieldSecretExpires, d.SecretExpires)); err == nil && day != t.Connection.SecretExpires {
			t.Expires = day
		}
		targets = append(targets, t)
	}
	return targets, nil
}
