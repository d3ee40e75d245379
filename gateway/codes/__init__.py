"""Code lists that a site loads: ICD-10-CM, HCPCS and others whose values are not shipped, or change faster than the program."""
