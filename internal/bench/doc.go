// Package bench measures Postkey against floors that it measures in the same
// run: the time to the first frame and the memory of a window with one label,
// the round trips of a link, the ideal schedule of many tests. It holds
// benchmarks alone; make bench runs them, and docs/performance.md has the
// figures.
package bench
