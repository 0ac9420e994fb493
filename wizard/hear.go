package wizard

import (
	"context"
	"errors"
	"log/slog"
	"net/http"

	"postkey/oauth"
	"postkey/store"
	"postkey/wizard/check"
	"postkey/wizard/support"
)

// learn lets Known hear of secrets.
func (w *Workbench) learn(secrets ...oauth.Secret) {
	if w.Known != nil {
		w.Known.Add(secrets...)
	}
}

// heard is a vault whose secrets Known hears of.
type heard struct {
	store.Vault
	by *Workbench
}

// Get implements store.Vault.
func (h heard) Get(ctx context.Context, key string) (oauth.Secret, error) {
	value, err := h.Vault.Get(ctx, key)
	h.by.learn(value)
	return value, err
}

// Set implements store.Vault.
func (h heard) Set(ctx context.Context, key string, value oauth.Secret) error {
	h.by.learn(value)
	return h.Vault.Set(ctx, key, value)
}

// trace is what hears the dialogue with the mail servers; nil unless it is asked
// for. What it is about stands in each line, as the log's names and values.
func (w *Workbench) trace(about ...any) func(protocol, server string) func(sent bool, p []byte) {
	log := w.log()
	if !log.Enabled(context.Background(), slog.LevelDebug) {
		return nil
	}
	log = log.With(about...)
	return func(protocol, server string) func(bool, []byte) { return support.Dialogue(log, protocol, server) }
}

// watchWeb is what hears requests to Microsoft; it follows the level of the log
// by itself. What it is about stands in each line. Nil without a log.
func (w *Workbench) watchWeb(about ...any) func(http.RoundTripper) http.RoundTripper {
	if w.Log == nil {
		return nil
	}
	log := w.Log.With(about...)
	return func(next http.RoundTripper) http.RoundTripper { return support.WatchWeb(next, log) }
}

// logHops writes each hop that has ended to the log, one line each, and hands
// the event on; events may be nil.
func (w *Workbench) logHops(c store.Connection, events func(check.Event)) func(check.Event) {
	return func(e check.Event) {
		if e.Hop.Status == check.OK || e.Hop.Status == check.Failed {
			w.logHop(c, e)
		}
		if events != nil {
			events(e)
		}
	}
}

func (w *Workbench) logHop(c store.Connection, e check.Event) {
	about := []any{"connection", c.Name, "leg", e.Leg, "hop", e.Hop.Name, "status", e.Hop.Status, "took", e.Hop.Took}
	if e.Hop.Err == nil {
		w.log().Info("hop", about...)
		return
	}
	var refused *oauth.Error
	if errors.As(e.Hop.Err, &refused) {
		about = append(about, "correlation", refused.CorrelationID, "trace_id", refused.TraceID)
	}
	w.log().Warn("hop", append(about, "error", e.Hop.Err)...)
}
