package ui

import (
	"context"
	"slices"
	"sync"

	"postkey/wizard"
)

// saver writes to the data folder and the keyring in the order in which it is
// asked, off the UI goroutine. A job with the same key that still waits is
// replaced, so that fast typing writes only the newest draft.
type saver struct {
	app *App

	mu      sync.Mutex
	jobs    []saveJob
	running bool
	idle    *sync.Cond
}

type saveJob struct {
	key string
	run func(ctx context.Context)
}

func newSaver(app *App) *saver {
	s := &saver{app: app}
	s.idle = sync.NewCond(&s.mu)
	return s
}

// save writes a copy of the draft and then tells done on the UI goroutine.
func (s *saver) save(d *wizard.Draft, done func(error)) {
	c := cloneDraft(d)
	s.put("draft "+d.ID, func(ctx context.Context) {
		err := s.app.bench.SaveDraft(ctx, c)
		s.app.do(func() { done(err) })
	})
}

// forget drops a write of the draft that still waits.
func (s *saver) forget(id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.jobs = slices.DeleteFunc(s.jobs, func(j saveJob) bool { return j.key == "draft "+id })
}

// put queues a job. An empty key never replaces another one.
func (s *saver) put(key string, run func(ctx context.Context)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if key != "" {
		if i := slices.IndexFunc(s.jobs, func(j saveJob) bool { return j.key == key }); i >= 0 {
			s.jobs[i].run = run
			return
		}
	}
	s.jobs = append(s.jobs, saveJob{key, run})
	if !s.running {
		s.running = true
		go s.loop()
	}
}

func (s *saver) loop() {
	// Not the window's context: closing the window must not lose a draft.
	ctx := context.Background()
	s.mu.Lock()
	defer s.mu.Unlock()
	for len(s.jobs) > 0 {
		job := s.jobs[0]
		s.jobs = s.jobs[1:]
		s.mu.Unlock()
		job.run(ctx)
		s.mu.Lock()
	}
	s.running = false
	s.idle.Broadcast()
}

// wait returns when nothing waits to be written. Never call it on the UI goroutine.
func (s *saver) wait() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for s.running {
		s.idle.Wait()
	}
}

// cloneDraft copies what a page may change in place.
func cloneDraft(d *wizard.Draft) *wizard.Draft {
	c := *d
	c.Protocols, c.Ticked = slices.Clone(d.Protocols), slices.Clone(d.Ticked)
	return &c
}
