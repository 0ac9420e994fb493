package diagnose

// ByID returns the finding with the given id as it reads for the connection in
// ev, for a test of which no more than the id was kept. Server and what
// Microsoft's support asks for stay empty. It reports whether the catalogue of
// this version has the id.
func ByID(id string, ev Evidence) (Finding, bool) {
	c := data()
	e, known := c.byID[id]
	if !known {
		return Finding{}, false
	}
	return c.finding(e, ev, ""), true
}
