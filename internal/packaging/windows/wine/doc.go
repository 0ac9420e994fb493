// Package wine walks the program for Windows, its installer and its vault under
// Wine. Its tests have the build tag wine, because they need the cross-built
// packages: make test-windows runs them.
package wine
