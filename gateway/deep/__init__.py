"""The deep check: pyx12 as a second opinion on the X12 guides it has, hl7apy on HL7 v2, in a process of its own, beside what this program finds."""
