package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"time"

	"postkey/wizard"
	"postkey/wizard/check"
	"postkey/wizard/diagnose"
	"postkey/wizard/handover"
)

// stepReport is one step of a rotation in the report.
type stepReport struct {
	Step   wizard.RotateStep `json:"step"`
	Status check.Status      `json:"status"`
	MS     int64             `json:"ms"`
}

// rotator rotates and says how far it is.
type rotator struct {
	bench *wizard.Workbench
	out   io.Writer
	mu    sync.Mutex // of out, and of the reports while several run
}

// stepTexts say what a step has shown.
var stepTexts = map[wizard.RotateStep]string{
	wizard.RotateAccept: "Microsoft accepts the new value",
	wizard.RotateStore:  "stored beside the old one, and read back",
	wizard.RotateTest:   "a message was sent and received with it",
	wizard.RotateRemove: "in use; the old one is removed from the keyring",
}

// rotateAll rotates the rows and reports in their order.
func (r *rotator) rotateAll(ctx context.Context, rows []rotateRow) []connectionReport {
	all := make([]wizard.RotateRow, len(rows))
	reports := make([]connectionReport, len(rows))
	for i, row := range rows {
		all[i] = wizard.RotateRow{ID: row.connection.ID, Next: row.next}
		reports[i].Name = row.connection.Name
		if cloud, err := r.bench.Catalog.CloudOf(row.connection); err == nil {
			reports[i].Legs = check.Plan(row.connection, cloud)
		}
	}
	ended := r.bench.RotateAll(ctx, all, func(i int, e wizard.RotateEvent) {
		r.mu.Lock()
		defer r.mu.Unlock()
		r.happened(&reports[i], e)
	}, nil)
	for i, one := range ended {
		reports[i].OK = one.Err == nil
		reports[i].Findings = r.findings(rows[i], one.Err)
		for j := range reports[i].Legs {
			skipRest(reports[i].Legs[j].Hops)
		}
	}
	return reports
}

// happened notes an event in the report and says what a person wants to know.
func (r *rotator) happened(rep *connectionReport, e wizard.RotateEvent) {
	switch {
	case e.Check != nil:
		for i := range rep.Legs {
			if rep.Legs[i].Leg == e.Check.Leg {
				note(rep.Legs[i].Hops, e.Check.Hop)
			}
		}
	case e.Status == check.Waiting && e.Tries == 1:
		fmt.Fprintf(r.out, "%s: Microsoft does not know the new value yet; asking again and again until %s\n",
			rep.Name, e.Until.Format(time.TimeOnly))
	case e.Status == check.OK:
		fmt.Fprintf(r.out, "%s: %s\n", rep.Name, stepTexts[e.Step])
		fallthrough
	case e.Status == check.Failed, e.Status == check.Skipped:
		rep.Steps = append(rep.Steps, stepReport{e.Step, e.Status, e.Took.Milliseconds()})
	}
}

// note takes over the newest state of a hop.
func note(hops []check.Hop, now check.Hop) {
	for i := range hops {
		if hops[i].Name == now.Name {
			hops[i] = now
		}
	}
}

// skipRest settles what no event has told of.
func skipRest(hops []check.Hop) {
	for i := range hops {
		if hops[i].Status == check.Waiting || hops[i].Status == check.Running {
			hops[i].Status = check.Skipped
		}
	}
}

// findings explain why a rotation failed.
func (r *rotator) findings(row rotateRow, err error) []diagnose.Finding {
	var why *wizard.RotateError
	switch {
	case err == nil, errors.Is(err, context.Canceled):
		return nil
	case errors.As(err, &why):
		return why.Findings
	}
	return []diagnose.Finding{r.bench.Explain(row.connection, "", "", err)}
}

// rotated reports and says what is to be done now.
func (p *Program) rotated(ctx context.Context, f flags, s *session, rep report, rows []rotateRow) error {
	err := p.report(ctx, f, rep)
	if ctx.Err() == nil && !f.json {
		for i, row := range rows {
			if rep.Connections[i].OK {
				p.whatNow(s, row)
			}
		}
	}
	return err
}

// whatNow says where the product takes the new value.
func (p *Program) whatNow(s *session, row rotateRow) {
	c := row.connection
	fmt.Fprintf(p.Out, "%s: enter the new client secret in the application now:\n", c.Name)
	for _, section := range handover.Rotation(s.bench.Catalog, c) {
		fmt.Fprintf(p.Out, "  %s: %s\n", section.Title, strings.Join(section.Crumbs, " › "))
	}
	fmt.Fprintln(p.Out, "  Delete the old client secret in the portal only when the application works with the new one.")
	if row.next.Expires.IsZero() && row.next.Certificate == nil {
		fmt.Fprintln(p.Out, "  When the new one ends is not known: no warning will come. --expires tells it.")
	}
}
