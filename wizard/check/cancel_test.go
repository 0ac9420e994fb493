package check

import (
	"context"
	"encoding/json"
	"errors"
	"testing"
	"time"

	"postkey/oauth"
	"postkey/wizard/mail/mailtest"
)

// TestCancel ends the test while each of its hops is running.
func TestCancel(t *testing.T) {
	mute := func(b *bench) string { return mailtest.Play(t, true, b.ca.Local(t), "wait") }
	for name, prepare := range map[string]func(b *bench, t *testing.T){
		"token": func(b *bench, _ *testing.T) {
			b.cfg.Token = func(ctx context.Context, _ Leg) (oauth.Token, error) {
				<-ctx.Done()
				return oauth.Token{}, ctx.Err()
			}
		},
		"greeting": func(b *bench, _ *testing.T) {
			b.cfg.Cloud.IMAP, b.cfg.Cloud.POP, b.cfg.Cloud.SMTP = mute(b), mute(b), mute(b)
		},
		"sending": func(b *bench, _ *testing.T) { b.cfg.Cloud.SMTP = mute(b) }, // the others wait for it
		"arrival": nil,
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t, &mailtest.Office{Deliver: func(*mailtest.Office, []byte) {}}, "imap", "pop", "smtp")
			if prepare != nil {
				prepare(b, t)
			}
			ctx, cancel := context.WithCancel(t.Context())
			ended := make(chan Result, 1)
			go func() { ended <- Run(ctx, b.cfg) }()
			time.Sleep(200 * time.Millisecond) // until it waits; sooner is right too
			cancel()
			var r Result
			select {
			case r = <-ended:
			case <-time.After(5 * time.Second):
				t.Fatal("still running")
			}
			if r.OK() {
				t.Error("a cancelled test passed")
			}
			for _, l := range r.Legs {
				for _, h := range l.Hops {
					if h.Status != OK && (h.Status != Skipped || !errors.Is(h.Err, context.Canceled)) {
						t.Errorf("%s %s: %s, %v", l.Leg, h.Name, h.Status, h.Err)
					}
				}
			}
			b.wantEvents(t, r)
		})
	}
}

func TestCancelledBeforeTheStart(t *testing.T) {
	b := newBench(t, &mailtest.Office{}, "imap", "pop", "smtp")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	r := Run(ctx, b.cfg)
	for _, l := range r.Legs {
		for _, h := range l.Hops {
			if h.Status != Skipped || !errors.Is(h.Err, context.Canceled) {
				t.Errorf("%s %s: %s, %v", l.Leg, h.Name, h.Status, h.Err)
			}
		}
	}
	if b.asked.Load() != 0 {
		t.Error("the token was asked for")
	}
}

func TestJSON(t *testing.T) {
	got, err := json.Marshal(LegResult{
		Leg: SMTP,
		Hops: []Hop{
			{Name: Token, Status: OK, Took: 12 * time.Millisecond, Detail: "62 min left"},
			{Name: Auth, Status: Failed, Server: "535 no", Err: errors.New("x")},
			{Name: Send, Status: Skipped},
		},
		Notes: []string{"n"},
	})
	const want = `{"leg":"smtp","ok":false,"hops":[{"hop":"token","status":"ok","ms":12,"detail":"62 min left"},` +
		`{"hop":"auth","status":"failed","ms":0,"server":"535 no"},{"hop":"send","status":"skipped"}],"notes":["n"]}`
	if err != nil || string(got) != want {
		t.Errorf("got  %s, %v\nwant %s", got, err, want)
	}
}
