// Package e2e tests Postkey against what it meets in the world: a browser and
// mail servers that were not written for it. It has tests alone; its folders
// give other tests the same counterparts.
package e2e
