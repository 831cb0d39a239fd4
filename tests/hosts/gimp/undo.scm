; SPDX-License-Identifier: Apache-2.0
; Copyright the Burin authors
; One Ctrl+Z takes back what a call of the plug-in did, one Ctrl+Y brings it again: run_undo.sh presses.
; To be loaded after a dialect and cases.scm.

; Names, places, masks and records of all layers, and what is seen.
(define (state-of image)
  (define (one layer)
    (list (name-of layer) (offsets-of layer) (width-of layer) (height-of layer)
          (car (gimp-layer-get-opacity layer))
          (if (yes? (car (gimp-item-is-group layer)))
              (map one (children-of layer))
              (list (if (> (car (gimp-layer-get-mask layer)) 0)
                        (list (mask-value (car (gimp-layer-get-mask layer)) 10 10) (record-of layer))
                        '())))))
  (list (map one (layers-of image)) (seen image 40 50) (seen image 110 45) (seen image 150 110)))

(define (check-undo name image before after)
  (from-outside "undo")
  (check (string-append name ": one Ctrl+Z takes all of it back") (equal? (state-of image) before))
  (from-outside "redo")
  (check (string-append name ": one Ctrl+Y brings all of it again") (equal? (state-of image) after)))

(define (case-undo)
  (let* ((image (new-image 160 120 rgb u8)) (layer (add-layer image 0 0 160 120 brown))
         (display (car (gimp-display-new image))) (first (state-of image)))
    (from-outside "shown")
    (let* ((group (car (detail-faces image layer "" "2" ""))) (second (state-of image)))
      (check "undo: something was done" (not (equal? first second)))
      (check-undo "Detail Faces" image first second)
      (edit image (child (car (gimp-image-get-layer-by-name image "Burin")) 0) "" "3" "")
      (let ((third (state-of image)))
        (check "undo: the layer was redrawn" (not (equal? second third)))
        (check-undo "Edit Burin Layer" image second third)
        (re-roll image (child (car (gimp-image-get-layer-by-name image "Burin")) 0))
        (let ((fourth (state-of image)))
          (check "undo: the layer was rolled again" (not (equal? third fourth)))
          (check-undo "Re-roll Burin Layer" image third fourth))))
    (gimp-display-delete display)))
