package wizard

import (
	"bytes"
	"context"
	"fmt"

	"postkey/oauth"
	"postkey/store"
	"postkey/wizard/preflight"
	"postkey/wizard/support"
)

// lookConfig is what is looked at for c; for the zero connection the usual cloud.
func (w *Workbench) lookConfig(c store.Connection, events func(preflight.Line)) (preflight.Config, error) {
	if c.Cloud == "" {
		c.Cloud = w.Clouds()[0]
	}
	cloud, err := w.Catalog.CloudOf(c)
	return preflight.Config{
		Connection: c, Cloud: cloud, Roots: w.Roots, Vault: w.vault(), Dir: w.Store.Dir(), Events: events, Now: w.now,
	}, err
}

// PreflightPlan returns the lines that Preflight would look at.
func (w *Workbench) PreflightPlan(c store.Connection) ([]preflight.Line, error) {
	cfg, err := w.lookConfig(c, nil)
	if err != nil {
		return nil, err
	}
	return preflight.Plan(cfg), nil
}

// Preflight looks whether this computer and its network can do what c needs; for
// the zero connection, what the usual cloud needs. The error is one of c's own
// values; what was found stands in the lines. Events may be nil.
func (w *Workbench) Preflight(ctx context.Context, c store.Connection, events func(preflight.Line)) ([]preflight.Line, error) {
	cfg, err := w.lookConfig(c, events)
	if err != nil {
		return nil, err
	}
	lines := preflight.Run(ctx, cfg)
	for _, l := range lines {
		about := []any{"line", l.ID, "state", l.State, "took", l.Took}
		if l.Err != nil {
			about = append(about, "error", l.Err)
		}
		w.log().Info("preflight", about...)
	}
	return lines, nil
}

// Bundle collects a support bundle: reports are pages of tests by file name, the
// rest comes from the data folder, the keyring (to take secrets out by their
// value) and a preflight for the first connection.
func (w *Workbench) Bundle(ctx context.Context, version, commit string, reports map[string][]byte) ([]support.Item, error) {
	conns, err := w.Store.Connections(ctx)
	if err != nil {
		return nil, err
	}
	b := support.Bundle{
		Version: version, Commit: commit, DataDir: w.Store.Dir(), Reports: reports, Known: w.Known, Now: w.now(),
	}
	var first store.Connection
	if len(conns) > 0 {
		first = conns[0]
		var values bytes.Buffer
		if err := WriteValues(&values, conns); err != nil {
			return nil, fmt.Errorf("write the values: %w", err)
		}
		b.Values = values.Bytes()
	}
	b.Secrets = w.allSecrets(ctx, conns)
	if b.Preflight, err = w.Preflight(ctx, first, nil); err != nil {
		w.log().Warn("preflight left out of the bundle", "error", err)
	}
	return b.Collect(ctx)
}

func (w *Workbench) allSecrets(ctx context.Context, conns []store.Connection) []oauth.Secret {
	var all []oauth.Secret
	for _, c := range conns {
		all = append(all, w.Secrets(ctx, c.ID)...)
	}
	return all
}
