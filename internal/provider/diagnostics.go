package provider

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/hashicorp/terraform-provider-packer/internal/registry"
)

// readTarget describes what was being read.
type readTarget struct {
	location    registry.Location
	description string // begins a sentence, and says where it is
	name        string // within a sentence
	timeout     time.Duration
	// failureTexts replace those of the same kinds that are shared.
	failureTexts map[registry.Kind]failureText
}

// iterationTarget describes an iteration that was to be read.
func iterationTarget(ref registry.Reference, timeout time.Duration) readTarget {
	return readTarget{location: ref.Location, description: describe(ref), name: names(ref), timeout: timeout}
}

// iterationErrorDiagnostic converts the error of reading an iteration to a diagnostic,
// which says what was to be read, why that failed, and what to do next.
func iterationErrorDiagnostic(ref registry.Reference, timeout time.Duration, err error) diag.Diagnostic {
	for cause := err; cause != nil; cause = errors.Unwrap(cause) {
		switch e := cause.(type) { //nolint:errorlint // the loop unwraps
		case *registry.RevokedError:
			return revokedDiagnostic(ref, e.Iteration)
		case *registry.IncompleteError:
			return incompleteDiagnostic(ref, e.Iteration)
		case *registry.FingerprintNotFoundError:
			return fingerprintNotFoundDiagnostic(ref)
		case *registry.UnassignedError:
			return unassignedDiagnostic(ref)
		case *registry.ChannelNotFoundError:
			return channelNotFoundDiagnostic(ref, e.Known)
		case *registry.BucketNotFoundError:
			return bucketNotFoundDiagnostic(ref, e.Known)
		case *registry.NoMatchError:
			return noMatchDiagnostic(ref, e)
		case *stateTooLargeError:
			return stateTooLargeDiagnostic(ref, e)
		}
	}
	return errorDiagnostic(iterationTarget(ref, timeout), err)
}

// errorDiagnostic converts an error that any read can have.
func errorDiagnostic(target readTarget, err error) diag.Diagnostic {
	for cause := err; cause != nil; cause = errors.Unwrap(cause) {
		switch e := cause.(type) { //nolint:errorlint // the loop unwraps
		case *registry.RegistryInactiveError:
			return registryInactiveDiagnostic(target, e.Deprovision)
		case *registry.RegistryNotFoundError:
			return registryNotFoundDiagnostic(target)
		case *registry.ProjectNotFoundError:
			return projectNotFoundDiagnostic(target)
		case *registry.NoOrganizationError:
			return noOrganizationDiagnostic(target)
		case *registry.SeveralOrganizationsError:
			return severalOrganizationsDiagnostic(target, e.Organizations)
		case *registry.NoProjectError:
			return noProjectDiagnostic(target, e.OrganizationID)
		case *configError:
			return configDiagnostic(target, e)
		case *internalError:
			return internalErrorDiagnostic(e)
		case *registry.Failure:
			return failureDiagnostic(target, e, err)
		}
	}
	switch {
	case errors.Is(err, context.DeadlineExceeded):
		return failureDiagnostic(target, &registry.Failure{Kind: registry.TimedOut}, err)
	case errors.Is(err, context.Canceled):
		return diag.NewErrorDiagnostic("Reading Was Cancelled",
			fmt.Sprintf("%s was not read, because Terraform was interrupted.\n\nRun Terraform again.", target.description))
	default:
		return diag.NewErrorDiagnostic("Reading HCP Packer Failed",
			fmt.Sprintf("%s could not be read: %s.\n\nRun Terraform again. If the error persists, report it to the provider's "+
				"developers with the log of TF_LOG_PROVIDER=DEBUG.", target.description, oneLine(err.Error())))
	}
}

// describe says what was to be read, and where it is.
func describe(ref registry.Reference) string {
	where := ""
	if ref.ProjectID != "" {
		where = " in HCP project " + ref.ProjectID
	}
	if ref.Fingerprint != "" {
		return fmt.Sprintf("The iteration with fingerprint %q of bucket %q%s", ref.Fingerprint, ref.Bucket, where)
	}
	return fmt.Sprintf("Channel %q of bucket %q%s", ref.Channel, ref.Bucket, where)
}

// names names bucket and channel, or bucket and fingerprint, within a sentence.
func names(ref registry.Reference) string {
	return fmt.Sprintf("bucket %q, %s", ref.Bucket, channelOrFingerprint(ref))
}

func channelOrFingerprint(ref registry.Reference) string {
	if ref.Fingerprint != "" {
		return fmt.Sprintf("fingerprint %q", ref.Fingerprint)
	}
	return fmt.Sprintf("channel %q", ref.Channel)
}

// referenceAttribute returns the attribute that identifies the iteration.
func referenceAttribute(ref registry.Reference) path.Path {
	if ref.Fingerprint != "" {
		return path.Root("fingerprint")
	}
	return path.Root("channel")
}

// describeIteration says which iteration was found.
func describeIteration(ref registry.Reference) string {
	if ref.Fingerprint != "" {
		return describe(ref) + " is"
	}
	return describe(ref) + " points to an iteration that is"
}

// allowRevokedEffect says what allow_revoked does. It does not keep machines on another,
// healthy image.
const allowRevokedEffect = "anything created or replaced then uses the revoked image"

func revokedDiagnostic(ref registry.Reference, iteration *registry.Iteration) diag.Diagnostic {
	elsewhere := ""
	if ref.Channel != "" {
		elsewhere = " If your machines run on another image, replace channel with its iteration's fingerprint."
	}
	return diag.NewAttributeErrorDiagnostic(referenceAttribute(ref), revokedSummary,
		fmt.Sprintf("%s revoked, so its images must not be used.\n\n%s\n\n"+
			"%s; if all are revoked, publish another. %s%s "+
			"To destroy everything in this configuration, run terraform destroy -refresh=false. Set allow_revoked = true only to change "+
			"what runs on the revoked image: %s.",
			describeIteration(ref), revocationRows(iteration), useAnother(ref, "an iteration that is not revoked"), thenReplaced, elsewhere,
			allowRevokedEffect))
}

// useAnother says how to have the data source read another iteration.
func useAnother(ref registry.Reference, another string) string {
	if ref.Fingerprint != "" {
		return "Set fingerprint to that of " + another
	}
	return "Assign " + another + " to the channel"
}

// thenReplaced says what another iteration leads to.
const thenReplaced = "Whatever uses this data source is then replaced."

func incompleteDiagnostic(ref registry.Reference, iteration *registry.Iteration) diag.Diagnostic {
	return diag.NewAttributeErrorDiagnostic(path.Root("fingerprint"), "Iteration Is Not Complete",
		fmt.Sprintf("%s is not complete, so images may be missing.\n\n%s\n\n"+
			"Run Packer again with this fingerprint (HCP_PACKER_BUILD_FINGERPRINT), which completes the iteration, or set fingerprint to that of another.",
			describe(ref), rows{
				{"Iteration", iterationName(iteration.Version, iteration.ID)},
				{"Status", oneLine(iteration.Status)},
			}))
}

func fingerprintNotFoundDiagnostic(ref registry.Reference) diag.Diagnostic {
	return diag.NewAttributeErrorDiagnostic(path.Root("fingerprint"), "Fingerprint Not Found",
		fmt.Sprintf("Bucket %q in HCP project %s has no iteration with fingerprint %q. It may have been deleted, or belong to another bucket.\n\n"+
			"Correct the fingerprint: HCP Packer shows it with each version of the bucket. It is neither the version's name, such as v7, nor its ID.",
			ref.Bucket, ref.ProjectID, ref.Fingerprint))
}

func unassignedDiagnostic(ref registry.Reference) diag.Diagnostic {
	return diag.NewAttributeErrorDiagnostic(path.Root("channel"), "Channel Without Iteration",
		fmt.Sprintf("%s exists but has no iteration assigned. It may never have had one, or its iteration "+
			"was revoked: HCP then rolls the channel back to an earlier iteration, or to none.\n\n"+
			"Assign an iteration to the channel, then run Terraform again. "+
			"To change other things until then, replace channel with the fingerprint of an iteration that is not revoked, or the "+
			"data source with the image's ID. To destroy everything in this configuration, run terraform destroy -refresh=false.",
			describe(ref)))
}

func channelNotFoundDiagnostic(ref registry.Reference, known registry.Names) diag.Diagnostic {
	if slices.Contains(known.All, ref.Channel) {
		return diag.NewAttributeErrorDiagnostic(path.Root("channel"), "Channel Cannot Be Read",
			fmt.Sprintf("%s cannot be read: HCP lists it, but also reports that it does not exist. It may have been created a moment "+
				"ago, or be restricted to other principals.\n\nRun Terraform again, or check the channel's restrictions in HCP Packer.",
				describe(ref)))
	}
	return diag.NewAttributeErrorDiagnostic(path.Root("channel"), "Channel Not Found",
		fmt.Sprintf("Bucket %q in HCP project %s has no channel %q.%s\n\n%s\n\n"+
			"Correct the name. If the channel is new, create it in HCP Packer.",
			ref.Bucket, ref.ProjectID, ref.Channel, didYouMean(known), listNames("The bucket", "channels", known)))
}

func bucketNotFoundDiagnostic(ref registry.Reference, known registry.Names) diag.Diagnostic {
	return diag.NewAttributeErrorDiagnostic(path.Root("bucket"), "Bucket Not Found",
		fmt.Sprintf("The HCP Packer registry of project %s has no bucket %q, so %s cannot be read.%s\n\n%s\n\n"+
			"Correct the name or the project. If the bucket is new, publish to it with Packer first.",
			ref.ProjectID, ref.Bucket, channelOrFingerprint(ref), didYouMean(known), listNames("The registry", "buckets", known)))
}

func registryInactiveDiagnostic(target readTarget, deprovision registry.Deprovision) diag.Diagnostic {
	var facts rows
	facts.add("Message", deprovision.Message)
	facts.add("Reason", deprovision.Reason)
	if !deprovision.At.IsZero() {
		facts.add("Since", formatDate(deprovision.At))
	}
	cause, remedy := "HCP gives no reason.", "Reactivate the registry in HCP Packer, then run Terraform again."
	if len(facts) > 0 {
		cause, remedy = "HCP gives this reason:\n\n"+facts.String(), "Resolve the cause, reactivate the registry in HCP Packer, then run Terraform again."
	}
	return diag.NewErrorDiagnostic("HCP Packer Registry Is Not Active",
		fmt.Sprintf("The HCP Packer registry of project %s is not active, so %s cannot be read. %s\n\n%s",
			target.location.ProjectID, target.name, cause, remedy))
}

func registryNotFoundDiagnostic(target readTarget) diag.Diagnostic {
	return diag.NewErrorDiagnostic("HCP Packer Registry Not Found",
		fmt.Sprintf("HCP project %s in organization %s has no HCP Packer registry, so %s cannot be read.\n\n"+
			"%s If they are right, create the registry in HCP.",
			target.location.ProjectID, target.location.OrganizationID, target.name, checkLocation))
}

// What to do about organization and project.
const (
	setLocation = "Set project_id or organization_id in the provider or the data source, " +
		"or HCP_PROJECT_ID or HCP_ORGANIZATION_ID in the environment."
	checkLocation = "Check project_id and organization_id in the provider and the data source, " +
		"and HCP_PROJECT_ID and HCP_ORGANIZATION_ID in the environment."
)

func projectNotFoundDiagnostic(target readTarget) diag.Diagnostic {
	return diag.NewErrorDiagnostic("HCP Project Not Found",
		fmt.Sprintf("%s cannot be read: there is no such project, or the principal is not allowed to see it.\n\n%s",
			target.description, checkLocation))
}

func noOrganizationDiagnostic(target readTarget) diag.Diagnostic {
	return diag.NewErrorDiagnostic("HCP Organization Not Found",
		fmt.Sprintf("%s cannot be read: no project is set, and the principal belongs to no organization.\n\n%s",
			target.description, setLocation))
}

func severalOrganizationsDiagnostic(target readTarget, organizations []registry.Organization) diag.Diagnostic {
	var shown rows
	for _, organization := range organizations[:min(len(organizations), maxNames)] {
		shown.add(organization.ID, cmp.Or(oneLine(organization.Name), "without a name"))
	}
	return diag.NewErrorDiagnostic("Several HCP Organizations",
		fmt.Sprintf("%s cannot be read: no project is set, and the principal belongs to %d organizations:\n\n%s\n\n%s",
			target.description, len(organizations), appendOmitted(shown.String(), len(organizations)-len(shown)), setLocation))
}

func noProjectDiagnostic(target readTarget, organizationID string) diag.Diagnostic {
	return diag.NewErrorDiagnostic("Organization Without Project",
		fmt.Sprintf("%s cannot be read: no project is set, and organization %s has none that the principal is allowed to see.\n\n%s",
			target.description, organizationID, setLocation))
}

func noMatchDiagnostic(ref registry.Reference, e *registry.NoMatchError) diag.Diagnostic {
	return diag.NewAttributeErrorDiagnostic(path.Root(string(e.Criterion)), "No Image Matches",
		fmt.Sprintf("%s has no matching image.\n\n%s", describe(ref), noMatchDetail(e)))
}

func stateTooLargeDiagnostic(ref registry.Reference, e *stateTooLargeError) diag.Diagnostic {
	return diag.NewAttributeErrorDiagnostic(path.Root("bucket"), "Iteration Too Large",
		fmt.Sprintf("%s too large for Terraform. The state repeats the labels of a build for "+
			"each of its images:\n\n%s\n\n"+
			"Set region, component_type, cloud_provider or labels in the data source, so that fewer images match.",
			describeIteration(ref), rows{
				{"Images", fmt.Sprint(e.images)},
				{"Size", fmt.Sprintf("at least %d MiB", e.size>>20)},
				{"Maximum", fmt.Sprintf("%d MiB", e.maximum>>20)},
			}))
}

func configDiagnostic(target readTarget, e *configError) diag.Diagnostic {
	return diag.NewErrorDiagnostic("Provider Cannot Be Used As Configured",
		fmt.Sprintf("%s\n\nWith this configuration, %s cannot be read. Correct it, then run Terraform again.",
			e, target.name))
}

// invalidTimeoutDiagnostic reports a timeout that leaves no time.
func invalidTimeoutDiagnostic(timeout time.Duration) diag.Diagnostic {
	return diag.NewAttributeErrorDiagnostic(path.Root("timeouts").AtName("read"), "Invalid Timeout",
		fmt.Sprintf(`timeouts.read is %s; it must be longer than zero, such as "5m".`, timeout))
}

// internalError is an error that only a bug can cause.
type internalError struct{ err error }

func (e *internalError) Error() string { return e.err.Error() }

func internalErrorDiagnostic(err error) diag.Diagnostic {
	return diag.NewErrorDiagnostic("Internal Provider Error",
		sentence(err.Error())+" Please report this to the provider's developers.")
}
