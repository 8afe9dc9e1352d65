package provider

import (
	"cmp"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/diag"

	"github.com/hashicorp/terraform-provider-packer/internal/registry"
)

// resolutionWarnings returns the warnings about a resolution. Every read repeats
// them; Terraform groups those that are alike.
func resolutionWarnings(resolution registry.Resolution) diag.Diagnostics {
	var warnings diag.Diagnostics
	if resolution.ProjectChoice != nil {
		warnings.Append(projectChosenWarning(names(resolution.Reference), resolution.ProjectChoice))
	}
	switch {
	case resolution.Iteration == nil: // there was an error
	case resolution.Revoked:
		warnings.Append(revokedWarning(resolution.Reference, resolution.Iteration))
	case resolution.Iteration.RevocationScheduled():
		warnings.Append(revocationScheduledWarning(resolution.Reference, resolution.Iteration))
	}
	return warnings
}

// projectChosenWarning names the project that was chosen among several. name is what is
// read from it.
func projectChosenWarning(name string, choice *registry.ProjectChoice) diag.Diagnostic {
	return diag.NewWarningDiagnostic("HCP Project Chosen",
		fmt.Sprintf("No project is set for %s, and organization %s has %d projects. As Packer does, "+
			"the provider reads the registry of the oldest:\n\n%s\n\n"+
			"To choose, set project_id in the provider or the data source, or HCP_PROJECT_ID in the environment.",
			name, choice.Project.OrganizationID, choice.Total,
			rows{{choice.Project.ID, cmp.Or(oneLine(choice.Project.Name), "without a name")}}))
}

// revokedWarning replaces the error where revoked iterations are allowed.
func revokedWarning(ref registry.Reference, iteration *registry.Iteration) diag.Diagnostic {
	return diag.NewAttributeWarningDiagnostic(referenceAttribute(ref), revokedSummary+": "+shortName(ref, iteration),
		fmt.Sprintf("%s revoked, which allow_revoked permits: %s.\n\n%s\n\n"+
			"%s, and remove allow_revoked. %s",
			describeIteration(ref), allowRevokedEffect, revocationRows(iteration), useAnother(ref, "an iteration that is not revoked"), thenReplaced))
}

func revocationScheduledWarning(ref registry.Reference, iteration *registry.Iteration) diag.Diagnostic {
	return diag.NewAttributeWarningDiagnostic(referenceAttribute(ref), "Image Iteration Will Be Revoked: "+shortName(ref, iteration),
		fmt.Sprintf("%s scheduled for revocation. It can be used until then.\n\n%s\n\n"+
			"%s before that date. %s",
			describeIteration(ref), revocationRows(iteration), useAnother(ref, "another iteration"), thenReplaced))
}

const revokedSummary = "Image Iteration Is Revoked"

// shortName names an iteration in a summary, so that Terraform groups the warnings about
// one iteration, but not those about different ones.
func shortName(ref registry.Reference, iteration *registry.Iteration) string {
	return ref.Bucket + " " + iterationName(iteration.Version, iteration.ID)
}

// revocationRows say who revoked the iteration, when and why. The date may be in
// the future even if the iteration is revoked, because its status decides too.
func revocationRows(iteration *registry.Iteration) rows {
	revocation := iteration.Revocation
	facts := rows{
		{"Iteration", iterationName(iteration.Version, iteration.ID)},
		{"Revocation date", formatDate(revocation.At)},
		{"Author", cmp.Or(oneLine(revocation.Author), "HCP does not say who")},
		{"Reason", cmp.Or(oneLine(revocation.Message), "none given")},
	}
	if from := revocation.InheritedFrom; from != nil {
		facts.add("Inherited from", fmt.Sprintf("bucket %q, iteration %s", oneLine(from.Bucket), iterationName(from.Version, from.IterationID)))
	} else if revocation.Type == registry.RevocationInherited {
		facts.add("Inherited from", "an ancestor that HCP does not name")
	}
	return facts
}
