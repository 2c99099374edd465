<?php
// SPDX-License-Identifier: GPL-2.0-or-later
// What PHP takes out of an upload, one file a line in base64. For PHP's own server.
header('Content-Type: text/plain');
function values($tree) {
    foreach (is_array($tree) ? $tree : [$tree] as $value)
        is_array($value) ? values($value) : print(base64_encode((string)$value) . "\n");
}
foreach ($_FILES as $file)
    foreach ((array)$file['tmp_name'] as $place)
        if (is_string($place) && is_uploaded_file($place))
            print(base64_encode(file_get_contents($place)) . "\n");
values($_POST);
