package main

import (
	"errors"
	"fmt"
	"os"
	"sort"
	"strings"

	twilio "github.com/twilio/twilio-go/client"
)

// Calls counts calls, and those whose result is the expected one.
type Calls struct {
	made, passed int
	operations   map[string]bool
}

// call makes a call, which passes if it is not rejected and the checks of its result are true.
func call[T any](calls *Calls, operation string, request func() (T, error), checks ...func(T) bool) T {
	calls.made++
	result, err := request()
	for _, check := range checks {
		if err == nil && !check(result) {
			err = fmt.Errorf("unexpected result: %+v", result)
		}
	}
	if err != nil {
		fmt.Fprintf(os.Stderr, "%s: %v\n", operation, err)
		return result
	}
	calls.passed++
	calls.operations[operation] = true
	return result
}

// delete makes a call that has no result.
func (calls *Calls) delete(operation string, request func() error) {
	call(calls, operation, func() (bool, error) { return true, request() })
}

// rejected makes a call that must be rejected.
func (calls *Calls) rejected(operation string, status, code int, request func() error) {
	rejection := func() (*twilio.TwilioRestError, error) {
		var rejection *twilio.TwilioRestError
		if err := request(); !errors.As(err, &rejection) {
			return nil, fmt.Errorf("not rejected: %v", err)
		}
		return rejection, nil
	}
	call(calls, operation, rejection, func(it *twilio.TwilioRestError) bool { return it.Status == status && it.Code == code })
}

// report prints the operations and the counts, and ends the program.
func (calls *Calls) report() {
	var operations []string
	for operation := range calls.operations {
		operations = append(operations, operation)
	}
	sort.Strings(operations)
	fmt.Println("operations:", strings.Join(operations, " "))
	fmt.Printf("%d/%d\n", calls.passed, calls.made)
	if calls.passed != calls.made {
		os.Exit(1)
	}
}

// has is whether any item is the wanted one.
func has[T any](is func(T) bool) func([]T) bool {
	return func(items []T) bool {
		for _, item := range items {
			if is(item) {
				return true
			}
		}
		return false
	}
}

// text is the string behind a pointer, and "" without one.
func text(it *string) string {
	if it == nil {
		return ""
	}
	return *it
}
