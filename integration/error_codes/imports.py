"""Codes of reading the clinic's files: IF-IMP."""

from integration.errors import Explanation, Who

CODES: tuple[Explanation, ...] = (
    Explanation(
        "IF-IMP-01",
        "Nothing to read",
        "There is no file or folder of that name, or the folder holds no *.ndjson file.",
        "Name a file that is there; for `infusion-fhir import` the one that the clinic's system wrote, or the folder "
        "that holds its *.ndjson files.",
        Who.CLINIC,
    ),
    Explanation(
        "IF-IMP-02",
        "A line cannot be read",
        "The line is not exact JSON: cut short, not UTF-8, a key given twice, NaN, or nested too deep. The other "
        "lines were imported.",
        "Have the export write each record as one line of JSON in UTF-8; the message names line and column.",
        Who.CLINIC,
    ),
    Explanation(
        "IF-IMP-03",
        "A line is too long",
        "The line is longer than 16 MB, which no record is. The other lines were imported.",
        "Write one record a line, each line ended.",
        Who.CLINIC,
    ),
    Explanation(
        "IF-IMP-04",
        "The file for refused lines cannot be used",
        "The file given with --fix-file cannot be written, or is one of the files to import.",
        "Name another file, in a folder that can be written.",
        Who.CLINIC,
    ),
    Explanation(
        "IF-IMP-05",
        "Two versions of one time",
        "A record came with an id and updated_at that are held already, but with other content. Which one counts "
        "cannot be told, so the one that is held stays.",
        "Export the version that counts with a later updated_at.",
        Who.CLINIC,
    ),
    Explanation(
        "IF-IMP-06",
        "A file cannot be read",
        "The file is there, but reading it failed. In an import, the lines read before it are imported.",
        "Give the user that runs infusion-fhir the right to read the file, then run the command again: nothing is "
        "taken twice.",
        Who.OPERATOR,
    ),
)
